import { DTYPE_CODES } from '../../../models/contracts/index.ts';
import type { Model } from '../../../models/graph/index.ts';
import { cloneMessage, type ModelProto, type NodeProto, type ValueInfoProto } from '../../../models/onnx/index.ts';
import type { InputSpec } from '../../../models/run/index.ts';
import type { CutOut, Side } from './cut-out.ts';

export interface Part {
  readonly cutOut: CutOut;
  /** Inputs of static size. */
  readonly inputs: readonly InputSpec[];
}

/** IR versions between which the runtimes in use read everything that a node may hold. */
const IR_VERSIONS = [10, 13] as const;

/** One model that computes both sides of several cut-outs, each from its own inputs; see `inputName` and `outputName`. */
export function mergedModel(
  parts: readonly Part[],
  model: Model,
  sides: readonly ('before' | 'after')[] = ['before', 'after'],
): ModelProto {
  const both = parts.flatMap((part, p) => sides.map((s) => ({ part, p, s, side: part.cutOut[s] })));
  const node = both.flatMap(({ part, p, s, side }) => sideNodes(side, part, p, s));
  const output = both.flatMap(({ p, s, side }) => side.outputs.map((_, i) => ({ name: outputName(p, s, i) })));
  return {
    irVersion: Math.min(Math.max(model.irVersion, IR_VERSIONS[0]), IR_VERSIONS[1]),
    opsetImport: model.proto.opsetImport ?? [],
    functions: model.proto.functions ?? [],
    graph: {
      name: 'cut-outs',
      node,
      output,
      input: parts.flatMap((part, p) => part.inputs.map((input) => valueInfo(inputName(p, input.name), input))),
      initializer: parts.flatMap(({ cutOut }, p) => [...cutOut.constants].map(([name, tensor]) => tensor.toProto(inputName(p, name)))),
    },
  };
}

export function inputName(part: number, name: string): string {
  return `p${part}/${name}`;
}

export function outputName(part: number, side: 'before' | 'after', index: number): string {
  return `p${part}:${side}:${index}`;
}

function sideNodes(side: Side, { cutOut }: Part, p: number, s: 'before' | 'after'): NodeProto[] {
  const shared = new Set([...cutOut.inputs.map(({ name }) => name), ...cutOut.constants.keys()]);
  const rename = (name: string): string => (name === '' ? '' : shared.has(name) ? inputName(p, name) : `p${p}/${s}/${name}`);
  const copies = side.nodes.map((proto) =>
    cloneMessage(proto, {
      name: '',
      input: (proto.input ?? []).map(rename),
      output: (proto.output ?? []).map(rename),
    }),
  );
  const taps = side.outputs.map((name, i) => ({ opType: 'Identity', input: [rename(name)], output: [outputName(p, s, i)] }));
  return [...copies, ...taps];
}

function valueInfo(name: string, { dtype, dims }: InputSpec): ValueInfoProto {
  return {
    name,
    type: { tensorType: { elemType: DTYPE_CODES[dtype ?? 'float32'], shape: { dim: dims.map((dim) => ({ dimValue: dim as number })) } } },
  };
}
