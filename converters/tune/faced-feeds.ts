import type { NamedArrays, NdArray } from '../../models/contracts/index.ts';
import { type AdapterSpec, type PortDType, runSteps } from '../faces/index.ts';

/** Inputs of the old face as callers of the new one pass them. */
export function facedFeeds(adapter: AdapterSpec | null, feeds: readonly NamedArrays[]): readonly NamedArrays[] {
  if (adapter === null) return feeds;
  return feeds.map((feed) => new Map(adapter.inputs.map(({ from, to, steps }) => {
    const array = feed.get(from.name) as NdArray;
    return [to.name, steps.length === 0 ? array : runSteps(steps, array, from.layout, to.dtype as PortDType)];
  })));
}

/** Outputs of the new face as callers of the old one expect them. */
export function unfacedOutputs(adapter: AdapterSpec | null, outputs: NamedArrays): NamedArrays {
  if (adapter === null) return outputs;
  return new Map(adapter.outputs.map(({ from, to, steps }) => {
    const array = outputs.get(from.name) as NdArray;
    return [to.name, steps.length === 0 ? array : runSteps(steps, array, from.layout, to.dtype as PortDType)];
  }));
}
