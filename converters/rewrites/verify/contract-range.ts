import type { InputContract } from '../../../models/contracts/index.ts';

/** The range of the values that reach the model: (range − mean) / std over all channels. Null without a contract. */
export function contractRange(contract: InputContract | undefined): readonly [number, number] | null {
  if (!contract) return null;
  const channels = Math.max(contract.mean.length, contract.std.length, 1);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let c = 0; c < channels; c++) {
    for (const end of contract.range) {
      const value = (end - (contract.mean[c] ?? contract.mean[0] ?? 0)) / (contract.std[c] ?? contract.std[0] ?? 1);
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return [low, high];
}
