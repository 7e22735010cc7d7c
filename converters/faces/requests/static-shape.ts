import { bindInputShapes } from '../../../models/graph/static.ts';
import type { AdapterPort } from '../adapter-spec.ts';
import type { FaceRequestOf } from '../face-request.ts';
import { type FaceState, portTensor, settled, withChange, workingCopy } from '../face-state.ts';

/** Gives inputs fixed sizes, and every value that follows from them. Throws UserError with the flag that mends it. */
export function staticShape(state: FaceState, { shapes }: FaceRequestOf<'static'>): FaceState {
  const model = workingCopy(state.model);
  bindInputShapes(model, shapes);
  const result = settled(model);
  const sized = (port: AdapterPort, side: 'from' | 'to'): AdapterPort => {
    const value = result.graph.values.get(port[side].name);
    if (!value) return port;
    const tensor = portTensor(value, port[side].layout);
    return port.steps.length === 0 && !port.removed ? { ...port, from: tensor, to: tensor } : { ...port, [side]: tensor };
  };
  const contracts = new Map(
    [...state.contracts].map(([name, contract]) => {
      const dims = result.graph.values.get(name)?.type.shape;
      return [name, dims ? { ...contract, shape: dims.map((dim) => (typeof dim === 'number' ? dim : null)) } : contract];
    }),
  );
  const next = {
    ...state,
    contracts,
    inputs: state.inputs.map((port) => sized(port, 'to')),
    outputs: state.outputs.map((port) => sized(port, 'from')),
  };
  const reason = [...shapes].map(([name, sizes]) => `${name} is ${sizes.map((size) => size ?? '?').join('×')}`).join(', ');
  return withChange(next, result, { rewrite: 'face/static', face: 'static', exactness: 'bit', nodes: [], reason });
}
