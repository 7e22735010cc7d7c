import { UserError } from '../../../models/contracts/index.ts';
import type { Node, Value } from '../../../models/graph/index.ts';
import type { AdapterStep } from '../adapter-spec.ts';
import type { FaceRequestOf } from '../face-request.ts';
import { extendInput, type FaceState, portTensor, settled, withChange, workingCopy } from '../face-state.ts';
import { promoteToInput } from '../graph-edit.ts';
import { type Checkpoint, ChainReader, exactnessOf } from '../steps/read-chain.ts';

/**
 * Moves an unshuffle, a normalisation or a cast at the input out of the graph: the caller does it, and the input takes its result. Without
 * a name, for every input that has something to hoist. Throws UserError with the reason where there is nothing, or where others need the
 * input as it was.
 */
export function hoistInput(state: FaceState, request: FaceRequestOf<'hoist-input'>): FaceState {
  const names = request.input === undefined ? state.inputs.map(({ to }) => to.name) : [request.input];
  const reasons: string[] = [];
  let next = state;
  for (const name of names) {
    const hoisted = hoistOne(next, name);
    if (typeof hoisted === 'string') reasons.push(hoisted);
    else next = hoisted;
  }
  if (next !== state && (request.input === undefined || reasons.length === 0)) return next;
  throw new UserError(`Nothing can be hoisted: ${reasons.join('; ')}.`, [
    'Leave out --hoist-input.',
    'Where other layers are to leave the model, name the tensor behind them: --cut-from TENSOR.',
  ]);
}

function hoistOne(state: FaceState, name: string): FaceState | string {
  const port = state.inputs.find(({ to }) => to.name === name);
  if (!port) throw new UserError(`The model has no input "${name}".`, [`Its inputs: ${state.inputs.map(({ to }) => to.name).join(', ')}.`]);
  if (port.to.dims.length !== 4) return `"${name}" has ${port.to.dims.length} axes, not the four of an image`;
  const { checkpoints, stopped } = readFrom(state, name);
  const places = checkpoints.filter(isWorthwhile).reverse();
  let reason = `${stopped}, with no unshuffle or normalisation before that`;
  for (const place of places) {
    const hoisted = hoistAt(state, name, place);
    if (typeof hoisted !== 'string') return hoisted;
    reason = hoisted;
  }
  return reason;
}

/** The places that a chain of steps reaches from an input, and why it ends. */
function readFrom(state: FaceState, name: string): { checkpoints: readonly Checkpoint[]; stopped: string } {
  const model = workingCopy(state.model);
  const input = model.graph.values.get(name) as Value;
  const layout = state.inputs.find(({ to }) => to.name === name)?.to.layout ?? 'NCHW';
  const reader = new ChainReader(input, layout, model.opset);
  for (;;) {
    const { at } = reader;
    const consumers = at.consumers.filter((node) => !node.is('Shape', 'Size'));
    const [only] = consumers;
    if (at.isGraphOutput) return { checkpoints: reader.checkpoints, stopped: `"${at.name}" is an output` };
    if (!only || consumers.length > 1 || at.isCaptured) {
      return {
        checkpoints: reader.checkpoints,
        stopped: `"${at.name}" feeds ${consumers.map((node) => node.label).join(' and ') || 'nothing'}`,
      };
    }
    if (!reader.read(only)) return { checkpoints: reader.checkpoints, stopped: `"${at.name}" goes into ${only.label}` };
  }
}

/** Rendering steps stay; a change of layout or type is hoisted only with what comes behind it, a lone widening of pixels excepted. */
function isWorthwhile({ steps, value }: Checkpoint): boolean {
  const last = steps.at(-1);
  const movesOrScales = steps.some(
    ({ kind }) => kind === 'unshuffle' || kind === 'shuffle' || kind === 'arithmetic' || kind === 'gatherChannels',
  );
  const widens = steps.length === 1 && last?.kind === 'cast' && value.producer?.input(0)?.type.dtype === 'uint8';
  return steps.every(({ kind }) => HOISTED.has(kind)) && last?.kind !== 'layout' && (movesOrScales || widens);
}

const HOISTED: ReadonlySet<AdapterStep['kind']> = new Set(['unshuffle', 'shuffle', 'layout', 'gatherChannels', 'arithmetic', 'cast']);

/** The state with the input hoisted up to this place; the reason where something still needs the input as it was. */
function hoistAt(state: FaceState, name: string, place: Checkpoint): FaceState | string {
  const model = workingCopy(state.model);
  const value = model.graph.values.get(place.value.name) as Value;
  if (value.isCaptured || value.isGraphOutput)
    return `"${value.name}" is ${value.isGraphOutput ? 'an output' : 'used inside an If, Loop or Scan'}`;
  const { nodes, inputs } = promoteToInput(model, value);
  if (!inputs.includes(name))
    return `"${name}" is still needed by ${model.graph.values
      .get(name)
      ?.consumers.map((node) => node.label)
      .join(' and ')}`;
  model.graph.rename(value, name);
  const result = settled(model);
  const to = portTensor(result.graph.values.get(name) as Value, place.layout);
  return withChange(extendInput(state, name, to, place.steps), result, {
    rewrite: 'face/hoist-input',
    face: 'layout',
    exactness: exactnessOf(place),
    nodes,
    reason: `the caller prepares "${name}": ${summary(nodes)} moved out`,
  });
}

function summary(nodes: readonly Node[]): string {
  const types = nodes.filter((node) => !node.is('Constant')).map((node) => node.opType);
  return types.length > 6 ? `${types.slice(0, 6).join(' → ')} → …` : types.join(' → ');
}
