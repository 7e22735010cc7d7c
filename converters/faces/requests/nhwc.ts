import { UserError } from '../../../models/contracts/index.ts';
import type { Dim, Patch, Value } from '../../../models/graph/index.ts';
import { type AdapterPort, isPortDType } from '../adapter-spec.ts';
import { extendInput, extendOutput, type FaceState, portTensor, settled, withChange, workingCopy } from '../face-state.ts';
import { cancelTransposes } from '../cancel-transposes.ts';
import { insertAtInput, insertAtOutput } from '../graph-edit.ts';
import { refuseSeenInput, refuseSeenOutput } from './refuse-seen.ts';

const TO_NCHW = [0, 3, 1, 2];
const TO_NHWC = [0, 2, 3, 1];

/**
 * Images in and out in the order of pixels, [N, H, W, C], the transposes inside; a transpose that undoes one of the model's takes its
 * place. Throws UserError where no image face is NCHW.
 */
export function nhwcFace(state: FaceState): FaceState {
  const isPlanar = ({ dims, layout, dtype }: AdapterPort['to']): boolean => dims.length === 4 && layout === 'NCHW' && isPortDType(dtype);
  const inputs = state.inputs.filter(({ to }) => isPlanar(to));
  const outputs = new Map(state.outputs.filter(({ from }) => isPlanar(from)).map((port) => [port.from.name, port]));
  if (inputs.length + outputs.size === 0)
    throw new UserError('The model has no NCHW image input or output.', [
      'Leave nhwc out of --face: its images are in NHWC order already, or have not four axes.',
    ]);
  const model = workingCopy(state.model);
  let next = state;
  for (const { to } of inputs) {
    const old = model.graph.values.get(to.name) as Value;
    refuseSeenInput(old);
    insertAtInput(model, old, { ...old.type, shape: permuted(to.dims, TO_NHWC) }, (patch, input) =>
      transpose(patch, input, TO_NCHW, `${to.name}/nchw`),
    );
  }
  for (const { from } of outputs.values()) {
    const old = model.graph.values.get(from.name) as Value;
    refuseSeenOutput(old);
    insertAtOutput(model, old, (patch, value) => transpose(patch, value, TO_NHWC, `${from.name}/nhwc`));
  }
  cancelTransposes(model);
  const result = settled(model);
  const now = (name: string): AdapterPort['to'] => portTensor(result.graph.values.get(name) as Value, 'NHWC');
  for (const { to } of inputs) next = extendInput(next, to.name, now(to.name), [{ kind: 'layout', to: 'NHWC' }]);
  for (const { from } of outputs.values()) next = extendOutput(next, from.name, now(from.name), [{ kind: 'layout', to: 'NCHW' }]);
  const names = [...inputs.map(({ to }) => to.name), ...outputs.keys()].map((name) => `"${name}"`).join(', ');
  return withChange(next, result, {
    rewrite: 'face/nhwc',
    face: 'layout',
    exactness: 'bit',
    nodes: [],
    reason: `${names} in the order of pixels`,
  });
}

function transpose(patch: Patch, value: Value, perm: readonly number[], name: string): Value {
  return patch.node('Transpose', [value], { name, attributes: { perm } });
}

function permuted(dims: readonly Dim[], perm: readonly number[]): Dim[] {
  return perm.map((axis) => dims[axis] as Dim);
}
