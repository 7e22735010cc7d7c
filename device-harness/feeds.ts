import type { NamedArrays } from '../models/contracts/executor.ts';
import type { InputContract } from '../models/contracts/input-contract.ts';
import { type InputSpec, seededInputs } from '../models/run/seeded-inputs.ts';

/**
 * One seeded feed for timing: an input with a contract gets uniform values over the range that reaches the model (range, mean and std
 * applied) in the contract's static shape; any other gets standard normal ones. Dimensions that stay open are a UserError unless
 * `bindings` or `defaultDim` close them.
 */
export function benchFeed(
  inputs: readonly InputSpec[],
  contracts: readonly InputContract[],
  options: { readonly seed: number; readonly bindings?: Readonly<Record<string, number>>; readonly defaultDim?: number },
): NamedArrays {
  const specs = inputs.map((input) => {
    const contract = contracts.find(({ name }) => name === input.name);
    if (!contract) return input;
    const dims = input.dims.map((dim, axis) => (typeof dim === 'number' ? dim : (contract.shape[axis] ?? dim)));
    return { ...input, dims, range: modelRange(contract) };
  });
  return seededInputs(specs, { ...options, kinds: ['normal'] })[0] as NamedArrays;
}

/** The values between which the model's input lies, over all channels. */
export function modelRange({ range, mean, std }: InputContract): [number, number] {
  const channels = Math.max(mean.length, std.length, 1);
  const ends = Array.from({ length: channels }, (_, c) => range.map((end) => (end - (mean[c] ?? 0)) / (std[c] ?? 1))).flat();
  return [Math.min(...ends), Math.max(...ends)];
}
