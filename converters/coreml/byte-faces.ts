import type { Dim } from '../../models/graph/index.ts';
import { ADAPTER_VERSION, type AdapterPort, type AdapterSpec, type AdapterStep } from '../faces/adapter-spec.ts';
import type { Model } from '../../models/graph/index.ts';
import type { PlanFunction, PlanInput, PlanOutput } from './plan.ts';

/** What callers do where the model has bytes and the package floats of the same whole numbers; null where there are none. */
export function byteAdapter(model: Model, { inputs, outputs }: PlanFunction): AdapterSpec | null {
  const isByte = ({ source }: PlanInput | PlanOutput): boolean => model.graph.values.get(source)?.type.dtype === 'uint8';
  const ports = {
    inputs: inputs.filter(isByte).map((feature) => port(feature, true)),
    outputs: outputs.filter(isByte).map((feature) => port(feature, false)),
  };
  return ports.inputs.length + ports.outputs.length === 0 ? null : { version: ADAPTER_VERSION, ...ports };
}

function port({ name, source, shape, faceDtype }: PlanInput | PlanOutput, isInput: boolean): AdapterPort {
  const dims: readonly Dim[] = shape;
  const bytes = { name: source, dtype: 'uint8', layout: 'NCHW' as const, dims };
  const floats = { name, dtype: faceDtype === 'fp16' ? 'float16' : 'float32', layout: 'NCHW' as const, dims };
  const steps: AdapterStep[] = [{ kind: 'cast', to: isInput ? (faceDtype === 'fp16' ? 'float16' : 'float32') : 'uint8' }];
  return { from: isInput ? bytes : floats, to: isInput ? floats : bytes, steps, removed: null, lossy: null };
}
