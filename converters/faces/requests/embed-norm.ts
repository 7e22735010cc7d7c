import { UserError } from '../../../models/contracts/index.ts';
import type { Patch, Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { affineIntoNextConv } from '../../rewrites/fold/affine-into-conv.ts';
import type { RewriteContext } from '../../rewrites/rewrite.ts';
import { type AdapterPort, type AdapterStep, isFloatPort } from '../adapter-spec.ts';
import type { FaceRequestOf } from '../face-request.ts';
import { extendInput, type FaceState, portTensor, settled, withChange, workingCopy } from '../face-state.ts';
import { insertAtInput } from '../graph-edit.ts';
import { HOST } from '../host-profile.ts';
import { refuseSeenInput } from './refuse-seen.ts';

/**
 * Moves a normalisation into the graph: model input = (new input − mean) / std. 1/std goes into the weights of the first convolution, the
 * mean too where it pads nothing (padding would put zeros where the mean belongs); what cannot be folded stays as Sub and Div. Throws
 * UserError where the numbers do not fit the input.
 */
export function embedNorm(state: FaceState, request: FaceRequestOf<'embed-norm'>): FaceState {
  const port = findPort(state, request.input);
  const { name } = port.to;
  const mean = perChannel(request.mean, port, '--embed-norm MEAN');
  const std = perChannel(request.std, port, '--embed-norm STD');
  if (mean.every((m) => m === 0) && std.every((s) => s === 1)) {
    throw new UserError('Mean 0 and std 1 change nothing.', ['Leave out --embed-norm.']);
  }
  const model = workingCopy(state.model);
  const old = model.graph.values.get(name) as Value;
  refuseSeenInput(old);
  insertAtInput(model, old, old.type, (patch, input) => normalise(patch, input, port, mean, std));
  const inserted = model.graph.nodeCount - state.model.graph.nodeCount;
  const left = inserted - foldForward(state, model);
  const result = settled(model);
  const steps: AdapterStep[] = [
    { kind: 'arithmetic', op: 'multiply', values: std },
    { kind: 'arithmetic', op: 'add', values: mean },
  ];
  const next = extendInput(state, name, portTensor(result.graph.values.get(name) as Value, port.to.layout), steps);
  return withChange(next, result, {
    rewrite: 'face/embed-norm',
    face: 'layout',
    exactness: 'exact',
    nodes: [],
    reason: `"${name}" is normalised inside: ${inserted - left} of ${inserted} steps in the weights of the first convolution`,
    facts: { nodesAdded: left },
  });
}

function findPort({ inputs }: FaceState, name: string | undefined): AdapterPort {
  const images = inputs.filter(({ to }) => to.dims.length === 4 && isFloatPort(to.dtype));
  const port = name === undefined && images.length === 1 ? images[0] : images.find(({ to }) => to.name === name);
  if (port) return port;
  const known = inputs.map(({ to }) => `"${to.name}" ${to.dtype} [${to.dims.join(', ')}]`).join(', ');
  throw new UserError(
    name === undefined ? 'Which input is to be normalised inside is not clear.' : `"${name}" is no float image input of the model.`,
    [
      `Name a float input of four axes: --embed-norm NAME=MEAN/STD. The inputs: ${known}.`,
      'An 8-bit input becomes float with --hoist-input.',
    ],
  );
}

function perChannel(values: readonly number[], { to }: AdapterPort, flag: string): readonly number[] {
  const channels = to.dims[to.layout === 'NCHW' ? 1 : 3];
  if (values.every((value) => value === values[0])) return [values[0] as number];
  if (values.length === channels) return values;
  throw new UserError(`"${to.name}" has ${channels ?? 'unknown'} channels, ${flag} gives ${values.length} numbers.`, [
    'Give one number, or one for each channel.',
  ]);
}

function normalise(patch: Patch, input: Value, { to }: AdapterPort, mean: readonly number[], std: readonly number[]): Value {
  const constant = (values: readonly number[], hint: string): Value => {
    const dims = to.layout === 'NCHW' ? [1, values.length, 1, 1] : [1, 1, 1, values.length];
    return patch.constant(Tensor.of(input.type.dtype ?? 'float32', dims, values), `${to.name}_${hint}`);
  };
  let value = input;
  if (mean.some((m) => m !== 0)) value = patch.node('Sub', [value, constant(mean, 'mean')], { name: `${to.name}/mean` });
  if (std.some((s) => s !== 1)) value = patch.node('Div', [value, constant(std, 'std')], { name: `${to.name}/std` });
  return value;
}

/** Folds what stands in front of the first convolution into it; returns how many nodes went. */
function foldForward(state: FaceState, model: FaceState['model']): number {
  const context: RewriteContext = {
    model,
    graph: model.graph,
    opset: model.opset,
    target: HOST,
    precision: 'fp32',
    allow: new Set(),
    contracts: state.contracts,
  };
  const before = model.graph.nodeCount;
  for (let again = true; again; ) {
    again = false;
    for (const node of model.graph.nodes()) {
      const producer = node.input(0)?.producer;
      const isOurs = node.is('Conv') && producer !== null && producer !== undefined && producer.index === -1;
      const found = isOurs ? affineIntoNextConv.match(node, context) : null;
      if (found?.kind !== 'proposal') continue;
      found.patch.apply();
      again = true;
      break;
    }
  }
  return before - model.graph.nodeCount;
}
