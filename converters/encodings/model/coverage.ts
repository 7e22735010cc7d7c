import { FLOAT_DTYPES } from '../../../models/contracts/index.ts';
import type { Graph, Value } from '../../../models/graph/index.ts';
import { biasOf, isFusedAway, movesValues } from '../../quantize/operators.ts';
import type { EncodingsFile } from '../encoding.ts';
import { type Mismatch, resolveEncodings } from './resolve.ts';

/**
 * Why a tensor may do without an encoding: compilers take that of the Relu behind it, of its source, or derive the bias's. `needed`: they
 * calibrate it themselves.
 */
export type MissingReason = 'needed' | 'fused' | 'moved' | 'bias';

export interface MissingEncoding {
  readonly tensor: string;
  readonly section: 'activation' | 'parameter';
  readonly why: MissingReason;
}

/** Which float tensors of a model have encodings. */
export interface Coverage {
  readonly activations: { readonly total: number; readonly covered: number };
  readonly parameters: { readonly total: number; readonly covered: number };
  readonly missing: readonly MissingEncoding[];
  /** Encodings that fit nothing in the model. */
  readonly mismatches: readonly Mismatch[];
}

/** Holds a file against a graph whose shapes are inferred. Tensors inside of subgraphs are not looked at. */
export function coverageOf(graph: Graph, file: EncodingsFile): Coverage {
  const { file: fitting, mismatches } = resolveEncodings(file, graph);
  const count = { activation: { total: 0, covered: 0 }, parameter: { total: 0, covered: 0 } };
  const missing: MissingEncoding[] = [];
  for (const value of graph.values.values()) {
    const section = sectionOf(value);
    if (!section) continue;
    count[section].total++;
    if (fitting.encodings.has(value.name)) count[section].covered++;
    else missing.push({ tensor: value.name, section, why: whyMissing(value, section) });
  }
  return { activations: count.activation, parameters: count.parameter, missing, mismatches };
}

/** Float data that some node computes with; bounds, scales and shapes are none. */
function sectionOf(value: Value): MissingEncoding['section'] | null {
  if (value.type.kind !== 'tensor' || !value.type.dtype || !FLOAT_DTYPES.has(value.type.dtype)) return null;
  if (!value.constant) return value.initializer || value.producer?.is('DequantizeLinear') ? null : 'activation';
  return [...value.uses].some(({ node, index }) => index >= 0 && isData(node.opType, index)) ? 'parameter' : null;
}

/** Positions whose constants are numbers to compute with, by operator; all of them elsewhere. */
function isData(opType: string, index: number): boolean {
  if (['Clip', 'Pad', 'Resize', 'Upsample', 'QuantizeLinear', 'DequantizeLinear', 'ConstantOfShape', 'Range'].includes(opType))
    return index === 0;
  return true;
}

function whyMissing(value: Value, section: MissingEncoding['section']): MissingReason {
  if (section === 'parameter') return value.consumers.every((node) => biasOf(node) === value) ? 'bias' : 'needed';
  if (isFusedAway(value)) return 'fused';
  return value.producer && movesValues(value.producer) ? 'moved' : 'needed';
}
