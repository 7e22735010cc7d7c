import { DynoError, type Executor, type NamedArrays, type RunOptions } from '../../models/contracts/index.ts';
import type { Graph, Node, Value } from '../../models/graph/index.ts';
import { JobFailure } from '../toolchain/index.ts';
import { roundingDepths } from './depth.ts';
import { type HtpArithmetic, type Judgement, judge } from './judge.ts';

export interface Divergence {
  /** The first node, in graph order, whose value is off by more than its arithmetic explains while values before it are not. */
  readonly node: Node;
  readonly value: string;
  readonly judgement: Judgement;
}

export interface DivergenceSearch {
  readonly modelPath: string;
  readonly graph: Graph;
  readonly feed: NamedArrays;
  readonly emulator: Executor;
  readonly host: Executor;
  readonly arithmetic: HtpArithmetic;
  readonly run?: RunOptions;
}

/** Values looked at in one run: more outputs take more of the emulator's time and break more of its fusions. */
const AT_ONCE = 16;

/**
 * Looks for the node where the emulated values leave ONNX Runtime's, by making values inside of the model outputs, a few at a time between
 * the last that agrees and the first that does not. Null where no value inside shows it.
 */
export async function firstDivergence(search: DivergenceSearch): Promise<Divergence | null> {
  const places = observable(search.graph, search.arithmetic);
  let [agrees, differs, found] = [-1, places.length, null as Divergence | null];
  while (differs - agrees > 1) {
    const picked = spread(agrees, differs, AT_ONCE);
    const judged = await judgeValues(search, picked.map((index) => places[index] as Value));
    const first = judged.findIndex((judgement) => judgement && judgement.verdict !== 'explained');
    if (first < 0) {
      agrees = picked.at(-1) as number;
      continue;
    }
    differs = picked[first] as number;
    agrees = first > 0 ? (picked[first - 1] as number) : agrees;
    const value = places[differs] as Value;
    found = { node: value.producer as Node, value: value.name, judgement: judged[first] as Judgement };
  }
  return found;
}

/** Quantized models are looked at where they are quantized: elsewhere an output would take an operator out of its quantized form. */
function observable(graph: Graph, arithmetic: HtpArithmetic): Value[] {
  const nodes = [...graph.nodes()].filter((node) => !node.is('Constant', 'Shape') && !node.hasSubgraph);
  const quantized = nodes.filter((node) => node.is('QuantizeLinear'));
  const places = arithmetic === 'int8' && quantized.length > 0 ? quantized : nodes;
  return places.flatMap((node) => node.outputs.filter((value): value is Value => value !== null && value.type.kind === 'tensor' && value.type.dtype !== 'string'));
}

/** Up to `count` positions strictly between two, the last one next to the upper end. */
function spread(low: number, high: number, count: number): number[] {
  const between = high - low - 1;
  const steps = Math.min(between, count);
  return [...new Set(Array.from({ length: steps }, (_, i) => low + Math.ceil(((i + 1) * between) / steps)))];
}

/** Null for a value that cannot be had: some graphs do not run with it as an output, and are asked in halves until it is found. */
async function judgeValues(search: DivergenceSearch, values: readonly Value[]): Promise<(Judgement | null)[]> {
  const { modelPath, graph, feed, emulator, host, arithmetic, run = {} } = search;
  const fetch = values.map(({ name }) => name);
  const [[expected], [actual]] = await Promise.all([host.run(modelPath, [feed], { ...run, fetch }), emulator.run(modelPath, [feed], { ...run, fetch }).catch(nothing)]);
  if (!actual) {
    const half = Math.ceil(values.length / 2);
    return half === values.length ? [null] : [...(await judgeValues(search, values.slice(0, half))), ...(await judgeValues(search, values.slice(half)))];
  }
  const depths = roundingDepths(graph);
  return values.map(({ name, producer }) => {
    const [reference, emulated] = [expected?.get(name), actual.get(name)];
    return reference && emulated ? judge(reference, emulated, arithmetic, depths.get(producer as Node) ?? 1) : null;
  });
}

/** No outputs where the emulator refuses or fails; an interruption is none of its doing. */
export function nothing(error: unknown): NamedArrays[] {
  if (error instanceof DynoError && !(error instanceof JobFailure && error.kind === 'cancelled')) return [];
  throw error;
}
