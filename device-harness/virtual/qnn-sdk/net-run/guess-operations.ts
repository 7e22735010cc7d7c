import type { Operation } from './operation.ts';
import { elements, type RawTensor } from './raw-values.ts';

/** Multiply-accumulates for each output value that a graph of unknown content is taken to need: a small super-resolution network. */
const USUAL_MACS = 2000;

/** Operations of a context binary: those that stand in it, with the work of the nodes that they are named after, else with guessed shares. */
export function guessedOperations(names: readonly string[], source: readonly Operation[], outputs: readonly RawTensor[]): Operation[] {
  const macs = new Map(source.map((operation) => [operation.name, operation.macs]));
  const all = source.reduce((sum, operation) => sum + operation.macs, 0) || USUAL_MACS * outputs.reduce((sum, { dims }) => sum + elements(dims), 0);
  const listed = names.length > 0 ? names : ['graph'];
  const convolutions = listed.filter((name) => /conv|gemm|matmul/i.test(name)).length;
  return listed.map((name) => {
    const known = macs.get(name.replace(/_token_\d+(?:_\d+)?$/, ''));
    const share = convolutions === 0 ? 1 / listed.length : /conv|gemm|matmul/i.test(name) ? 1 / convolutions : 0;
    return { name, macs: known ?? (source.length > 0 ? 0 : Math.round(all * share)), fused: false };
  });
}
