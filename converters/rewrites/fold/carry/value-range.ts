import type { InputContract } from '../../../../models/contracts/index.ts';
import type { Value } from '../../../../models/graph/index.ts';

export type Range = readonly [number, number];

/** What is proved of a value's range: by the operator that makes it, or by the contract of a graph input. Unbounded sides are infinite. */
export function valueRange(value: Value, contracts: ReadonlyMap<string, InputContract>): Range {
  const node = value.producer;
  if (!node) return value.isGraphInput ? contractRange(contracts.get(value.name)) : [-Infinity, Infinity];
  if (node.is('Relu')) {
    const [, high] = valueRange(node.input(0) as Value, contracts);
    return [0, Math.max(0, high)];
  }
  if (node.is('Clip')) return clipRange(value) ?? [-Infinity, Infinity];
  if (node.is('Sigmoid', 'HardSigmoid', 'Softmax')) return [0, 1];
  if (node.is('Abs')) return [0, Infinity];
  if (node.is('Tanh')) return [-1, 1];
  return node.is('Identity', 'Gather', 'Slice', 'Reshape', 'Transpose', 'DepthToSpace', 'SpaceToDepth') ? valueRange(node.input(0) as Value, contracts) : [-Infinity, Infinity];
}

/** Bounds of a Clip of any opset with constant bounds; null where they are computed. */
export function clipRange(output: Value): Range | null {
  const node = output.producer;
  if (!node) return null;
  const bound = (name: string, index: number, open: number): number | null => {
    if (node.attributes.has(name)) return node.attributes.float(name, open);
    const value = node.input(index);
    return value === null ? open : (value.constant?.numbers()[0] ?? null);
  };
  const [low, high] = [bound('min', 1, -Infinity), bound('max', 2, Infinity)];
  return low === null || high === null ? null : [low, high];
}

/** (range − mean) / std over all channels. */
function contractRange(contract: InputContract | undefined): Range {
  if (!contract) return [-Infinity, Infinity];
  const channels = Math.max(contract.mean.length, contract.std.length, 1);
  const ends = Array.from({ length: channels }, (_, c) => contract.range.map((v) => (v - (contract.mean[c] ?? 0)) / (contract.std[c] ?? 1))).flat();
  return [Math.min(...ends), Math.max(...ends)];
}
