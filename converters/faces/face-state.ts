import type { Exactness, FaceChange, InputContract, RewriteRecord } from '../../models/contracts/index.ts';
import { type Dim, inferShapes, Model, type Node, type Value } from '../../models/graph/index.ts';
import { scopeName } from '../rules/scope-name.ts';
import type { AdapterPort, AdapterStep, Layout, Lossy, PortTensor } from './adapter-spec.ts';
import { contractAfter } from './contract-after.ts';
import { calculate } from './steps/run-steps.ts';
import { simplifySteps } from './steps/simplify-steps.ts';

/** A model on its way to another face, and what a caller of the old one has to do by now. */
export interface FaceState {
  readonly model: Model;
  readonly inputs: readonly AdapterPort[];
  readonly outputs: readonly AdapterPort[];
  readonly contracts: ReadonlyMap<string, InputContract>;
  readonly records: readonly RewriteRecord[];
}

/** What one request did, for the log. */
export interface Change {
  readonly rewrite: string;
  readonly face: FaceChange;
  readonly exactness: Exactness;
  readonly nodes: readonly Node[];
  readonly reason: string;
  readonly facts?: Readonly<Record<string, string | number>>;
}

/** The face as it is: every port leads from a tensor to itself. */
export function initialState(model: Model, contracts: ReadonlyMap<string, InputContract>): FaceState {
  inferShapes(model);
  const identity = (value: Value): AdapterPort => {
    const tensor = portTensor(value, contracts.get(value.name)?.layout);
    return { from: tensor, to: tensor, steps: [], removed: null, lossy: null };
  };
  const { graph } = model;
  return {
    model,
    contracts,
    records: [],
    inputs: graph.inputs.filter((value) => !value.initializer).map(identity),
    outputs: graph.outputs.map(identity),
  };
}

/** A model of its own that edits may work on. */
export function workingCopy(model: Model): Model {
  const copy = new Model(model.toProto());
  inferShapes(copy);
  return copy;
}

/** The edited model as a file would hold it. */
export function settled(model: Model): Model {
  model.graph.sort();
  model.graph.revision++;
  return workingCopy(model);
}

export function portTensor(value: Value, layout?: Layout): PortTensor {
  const dims = value.type.shape ?? [];
  return { name: value.name, dtype: value.type.dtype ?? 'unknown', layout: layout ?? likelyLayout(dims), dims };
}

/** Leads an input port on to another tensor. */
export function extendInput(
  state: FaceState,
  name: string,
  to: PortTensor,
  steps: readonly AdapterStep[],
  lossy: Lossy | null = null,
): FaceState {
  const inputs = state.inputs.map((port) => {
    return port.to.name === name ? { ...port, to, steps: simplifySteps([...port.steps, ...steps]), lossy: lossy ?? port.lossy } : port;
  });
  const contracts = new Map(state.contracts);
  const contract = contracts.get(name);
  contracts.delete(name);
  if (contract) contracts.set(to.name, contractAfter(contract, steps, to));
  return { ...state, inputs, contracts };
}

/** Lets the output ports that start at `name` start at another tensor, `steps` before theirs. `lossy`: levels of the tensor at `name`. */
export function extendOutput(
  state: FaceState,
  name: string,
  from: PortTensor,
  steps: readonly AdapterStep[],
  lossy: Lossy | null = null,
): FaceState {
  const outputs = state.outputs.map((port) => {
    if (port.from.name !== name) return port;
    return { ...port, from, steps: simplifySteps([...steps, ...port.steps]), lossy: lossy ? rangeThrough(lossy, port.steps) : port.lossy };
  });
  return { ...state, outputs };
}

/** What becomes of the ends of a range; the widest where channels differ. */
function rangeThrough(range: Lossy, steps: readonly AdapterStep[]): Lossy {
  return steps.reduce(({ low, high }: Lossy, step): Lossy => {
    if (step.kind === 'clip') return { low: Math.max(low, step.min ?? low), high: Math.min(high, step.max ?? high) };
    if (step.kind !== 'arithmetic') return { low, high };
    const ends = step.values.flatMap((value) => [low, high].map((end) => calculate(end, step.op, value)));
    return { low: Math.min(...ends), high: Math.max(...ends) };
  }, range);
}

/** The state with another model and one more line in the log. */
export function withChange(state: FaceState, model: Model, change: Change): FaceState {
  const [first] = change.nodes;
  const record: RewriteRecord = {
    rewrite: change.rewrite,
    outcome: 'fired',
    nodes: change.nodes.map((node) => node.label),
    scope: first ? scopeName(first) : null,
    reason: change.reason,
    exactness: change.exactness,
    face: change.face,
    nodesBefore: state.model.graph.nodeCount,
    nodesAfter: model.graph.nodeCount,
    ...(change.facts ? { facts: change.facts } : {}),
  };
  return { ...state, model, records: [...state.records, record] };
}

/** One, three or four channels last, and not second: an image in the order of pixels, where it is no image of that width. */
function likelyLayout(dims: PortTensor['dims']): Layout {
  const few = (dim: Dim | undefined): boolean => dim === 1 || dim === 3 || dim === 4;
  return dims.length === 4 && few(dims[3]) && !few(dims[1]) && dims[2] !== dims[3] ? 'NHWC' : 'NCHW';
}
