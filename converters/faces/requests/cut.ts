import { type Exactness, UserError } from '../../../models/contracts/index.ts';
import { formatShape, type Graph, type Node, type Value } from '../../../models/graph/index.ts';
import { movedValue } from '../../rewrites/rank/movement.ts';
import type { AdapterPort, PortTensor } from '../adapter-spec.ts';
import { contractAfter } from '../contract-after.ts';
import type { FaceRequestOf } from '../face-request.ts';
import { type FaceState, extendInput, portTensor, settled, withChange, workingCopy } from '../face-state.ts';
import { downstream, promoteToInput, promoteToOutput } from '../graph-edit.ts';
import { type Checkpoint, ChainReader, exactnessOf } from '../steps/read-chain.ts';
import { simplifySteps } from '../steps/simplify-steps.ts';

/** Removes all that comes before a tensor: it becomes an input. Throws UserError where that is no inner tensor of known type. */
export function cutFrom(state: FaceState, { tensor, shape }: FaceRequestOf<'cut-from'>): FaceState {
  const model = workingCopy(state.model);
  if (shape) stateShape(model.graph.values.get(tensor), shape);
  const value = findInner(model.graph, tensor);
  const chain = chainBetween(null, value, state);
  const start = chain ? (chain.nodes[0] as Node) : null;
  const source = chain ? model.graph.inputs.find((input) => start?.inputs.includes(input)) : undefined;
  const { nodes, inputs } = promoteToInput(model, value);
  const result = settled(model);
  const to = portTensor(result.graph.values.get(tensor) as Value, chain?.layout);
  const port = state.inputs.find(({ to: old }) => old.name === source?.name);
  const reason =
    inputs.length > 0 ? `"${tensor}" stands for ${quoted(inputs)}` : `"${tensor}" is one more input; the others are still needed`;
  let next: FaceState;
  if (chain && source && port && inputs.length === 1) next = extendInput(state, source.name, to, chain.steps);
  else {
    const gone = new Set(inputs);
    const contract = chain && port && state.contracts.get(port.to.name);
    const added: AdapterPort =
      chain && port
        ? { ...port, to, steps: simplifySteps([...port.steps, ...chain.steps]) }
        : { from: to, to, steps: [], removed: { tensor, nodes: nodes.map((node) => node.label), reason: OPAQUE }, lossy: null };
    const contracts = new Map([...state.contracts].filter(([name]) => !gone.has(name)));
    if (contract) contracts.set(tensor, contractAfter(contract, chain.steps, to));
    next = { ...state, inputs: replaced(state.inputs, gone, added), contracts };
  }
  return withChange(next, result, { rewrite: 'face/cut-from', face: 'subset', exactness: exactnessOf(chain), nodes, reason });
}

/**
 * Removes all that comes behind a tensor: it becomes an output, and those that depend on it go. Throws UserError where nothing is behind
 * it.
 */
export function cutAt(state: FaceState, { tensor }: FaceRequestOf<'cut-at'>): FaceState {
  const model = workingCopy(state.model);
  const value = findInner(model.graph, tensor);
  const behind = downstream(value);
  const outputs = new Set(model.graph.outputs.filter((output) => behind.has(output)));
  if (outputs.size === 0)
    throw new UserError(`No output depends on "${tensor}": there is nothing to cut behind it.`, [
      'Name a tensor in front of the layers to remove: dyno inspect lists them.',
    ]);
  const chains = new Map([...outputs].map((output) => [output.name, chainBetween(value, output, state)]));
  const { nodes, inputs } = promoteToOutput(model, value, outputs);
  const result = settled(model);
  const from = portTensor(result.graph.values.get(tensor) as Value);
  const ports = state.outputs.flatMap((port): AdapterPort[] => {
    const chain = chains.get(port.from.name);
    if (chain === undefined) return [port];
    return chain ? [{ ...port, from, steps: simplifySteps([...chain.steps, ...port.steps]) }] : [];
  });
  const opaque = [...chains].filter(([, chain]) => chain === null).map(([name]) => name);
  const removed = {
    tensor,
    nodes: nodes.map((node) => node.label),
    reason: `${OPAQUE}: ${quoted(opaque)} cannot be had from "${tensor}" by them`,
  };
  if (opaque.length > 0) ports.push({ from, to: from, steps: [], removed, lossy: null });
  const gone = new Set(inputs);
  const next = { ...state, outputs: ports, inputs: state.inputs.filter(({ to }) => !gone.has(to.name)) };
  const reason = `"${tensor}" stands for ${quoted([...outputs].map((output) => output.name))}`;
  return withChange(next, result, {
    rewrite: 'face/cut-at',
    face: 'subset',
    exactness: weakest([...chains.values()].map(exactnessOf)),
    nodes,
    reason,
  });
}

const OPAQUE = 'these layers have no form as adapter steps';

/** The chain from `start` (null: from any graph input) to `end` as steps; null where it is no chain of steps. */
function chainBetween(start: Value | null, end: Value, state: FaceState): Checkpoint | null {
  const nodes: Node[] = [];
  let at = end;
  while (at !== start && at.producer) {
    nodes.unshift(at.producer);
    const data = dataInput(at.producer);
    if (!data) return null;
    at = data;
  }
  if (start ? at !== start : !at.isGraphInput) return null;
  const reader = new ChainReader(at, layoutOf(at, state), state.model.opset);
  if (!nodes.every((node) => reader.read(node))) return null;
  return reader.checkpoints.find(({ value }) => value === end) ?? null;
}

/** The one input that a node works on, where the others are constants or a shape. */
function dataInput(node: Node): Value | null {
  const moved = movedValue(node);
  if (moved || node.is('Resize', 'Upsample', 'Gather')) return moved ?? node.input(0);
  const data = new Set(node.inputs.filter((value) => value && !value.constant));
  return data.size === 1 ? ([...data][0] as Value) : null;
}

function layoutOf(value: Value, { inputs }: FaceState): PortTensor['layout'] {
  return inputs.find(({ to }) => to.name === value.name)?.to.layout ?? portTensor(value).layout;
}

function findInner(graph: Graph, tensor: string): Value {
  const value = graph.values.get(tensor);
  const inspect = ['dyno inspect lists the tensors of a model.'];
  if (!value) throw new UserError(`The model has no tensor "${tensor}".`, inspect);
  if (value.isGraphInput) throw new UserError(`"${tensor}" is an input already.`, inspect);
  if (value.constant || value.initializer || !value.producer)
    throw new UserError(`"${tensor}" is a constant, not a tensor that layers compute.`, inspect);
  if (value.isCaptured) throw new UserError(`"${tensor}" is used inside an If, Loop or Scan; a model cannot be cut there.`, inspect);
  if (value.type.dtype === null || value.type.shape === null) {
    throw new UserError(`The type of "${tensor}" is not known, so it cannot become an input or output.`, [
      'Give static shapes (--static NAME=1x3x256x256), say the shape of the tensor (--cut-from NAME=1x3x64x64), or cut elsewhere.',
    ]);
  }
  return value;
}

/** Takes the caller's word for a shape that the model leaves open. Throws UserError where the model says otherwise. */
function stateShape(value: Value | undefined, shape: readonly number[]): void {
  if (!value) return;
  const known = value.type.shape;
  if (known && (known.length !== shape.length || known.some((dim, axis) => typeof dim === 'number' && dim !== shape[axis]))) {
    throw new UserError(`"${value.name}" has the shape ${formatShape(known)}, not ${formatShape(shape)}.`, ['Leave the shape out of --cut-from.']);
  }
  value.type = value.stated = { ...value.type, shape };
}

/** The ports without those of `gone` inputs, the new one in the place of the first of them. */
function replaced(ports: readonly AdapterPort[], gone: ReadonlySet<string>, added: AdapterPort): AdapterPort[] {
  const at = ports.findIndex(({ to }) => gone.has(to.name));
  const kept = ports.filter(({ to }) => !gone.has(to.name));
  kept.splice(at < 0 ? kept.length : at, 0, added);
  return kept;
}

function weakest(classes: readonly Exactness[]): Exactness {
  return (['approximate', 'exact'] as const).find((exactness) => classes.includes(exactness)) ?? 'bit';
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
