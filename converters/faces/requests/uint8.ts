import { type InputContract, UserError } from '../../../models/contracts/index.ts';
import { DTYPE_CODES } from '../../../models/contracts/dtype.ts';
import type { Patch, Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { type AdapterPort, type AdapterStep, isFloatPort, type Lossy } from '../adapter-spec.ts';
import type { FaceRequestOf } from '../face-request.ts';
import { extendInput, extendOutput, type FaceState, portTensor, settled, withChange, workingCopy } from '../face-state.ts';
import { insertAtInput, insertAtOutput } from '../graph-edit.ts';
import { refuseSeenInput, refuseSeenOutput } from './refuse-seen.ts';

const LEVELS = 255;

/**
 * 8-bit pixels in and out. Inside, an input k becomes k·s + t with s = (high − low) / (255·std) and t = (low − mean) / std of its contract
 * (DequantizeLinear, which NPUs have right where a Cast of uint8 is not), and an output y becomes saturate(round((y − low)·255 / (high −
 * low))), ties to even (QuantizeLinear). Throws UserError without a contract, and below opset 10.
 */
export function uint8Face(state: FaceState, request: FaceRequestOf<'uint8'>): FaceState {
  const isFloatImage = ({ dtype, dims }: AdapterPort['to']): boolean => dims.length === 4 && isFloatPort(dtype);
  const inputs = state.inputs.filter(({ to }) => isFloatImage(to));
  const outputs = new Map(state.outputs.filter(({ from }) => isFloatImage(from)).map((port) => [port.from.name, port]));
  if (inputs.length + outputs.size === 0)
    throw new UserError('The model has no float image input or output.', ['Leave uint8 out of --face.']);
  if (state.model.opset < 10)
    throw new UserError(`8-bit faces need opset 10, the model has ${state.model.opset}.`, ['Raise it: --opset 13.']);
  const contracts = inputs.map(({ to }) => contractOf(state, to));
  const range = request.outputRange ?? contracts[0]?.range;
  if (outputs.size > 0 && !range)
    throw new UserError('What 0 and 255 stand for in the output is not known.', ['Say it: --face uint8=0..1.']);
  const model = workingCopy(state.model);
  for (const [i, { to }] of inputs.entries()) {
    const old = model.graph.values.get(to.name) as Value;
    refuseSeenInput(old);
    const scaling = scalingOf(contracts[i] as InputContract);
    insertAtInput(model, old, { ...old.type, dtype: 'uint8' }, (patch, input) => decode(patch, input, to, old, scaling));
  }
  for (const { from } of outputs.values()) {
    const old = model.graph.values.get(from.name) as Value;
    refuseSeenOutput(old);
    insertAtOutput(model, old, (patch, value) => encode(patch, value, from.name, range as readonly [number, number]));
  }
  const result = settled(model);
  const now = (tensor: AdapterPort['to']): AdapterPort['to'] => portTensor(result.graph.values.get(tensor.name) as Value, tensor.layout);
  let next = state;
  for (const [i, { to }] of inputs.entries()) {
    const contract = contracts[i] as InputContract;
    next = extendInput(next, to.name, now(to), quantize(scalingOf(contract)), lossyOf(contract.range));
  }
  for (const { from } of outputs.values()) {
    next = extendOutput(
      next,
      from.name,
      now(from),
      dequantize(range as readonly [number, number]),
      lossyOf(range as readonly [number, number]),
    );
  }
  const names = [...inputs.map(({ to }) => to.name), ...outputs.keys()].map((name) => `"${name}"`).join(', ');
  return withChange(next, result, {
    rewrite: 'face/uint8',
    face: 'dtype',
    exactness: outputs.size > 0 ? 'approximate' : 'exact',
    nodes: [],
    reason: `${names} in 8 bits`,
  });
}

/** model input = k · scale + shift, each one number or one per channel. */
interface Scaling {
  readonly scale: readonly number[];
  readonly shift: readonly number[];
}

function contractOf({ contracts }: FaceState, { name }: AdapterPort['to']): InputContract {
  const contract = contracts.get(name);
  if (contract) return contract;
  throw new UserError(`The value range of input "${name}" is not known, so neither is what 0 and 255 stand for.`, [
    "State its contract in dyno.config.ts: models.NAME.input = { kind: 'image', range: [0, 1] }.",
  ]);
}

function scalingOf({ range: [low, high], mean, std }: InputContract): Scaling {
  const count = Math.max(mean.length, std.length);
  const at = (list: readonly number[], i: number, absent: number): number => list[list.length === 1 ? 0 : i] ?? absent;
  const every = (of: (m: number, s: number) => number): number[] => {
    const values = Array.from({ length: Math.max(count, 1) }, (_, i) => of(at(mean, i, 0), at(std, i, 1)));
    return values.every((value) => value === values[0]) ? [values[0] as number] : values;
  };
  return { scale: every((_, s) => (high - low) / (LEVELS * s)), shift: every((m, s) => (low - m) / s) };
}

function lossyOf([low, high]: readonly [number, number]): Lossy {
  return { low, high };
}

/** DequantizeLinear by a scalar where that is all, else Mul and Add per channel behind it. */
function decode(patch: Patch, input: Value, { name, layout }: AdapterPort['to'], old: Value, { scale, shift }: Scaling): Value {
  const shifted = shift.some((t) => t !== 0);
  const alone = scale.length === 1 && !shifted;
  const channel = (values: readonly number[], hint: string): Value => {
    return patch.constant(
      Tensor.of('float32', layout === 'NCHW' ? [1, values.length, 1, 1] : [1, 1, 1, values.length], values),
      `${name}_${hint}`,
    );
  };
  const unit = patch.constant(Tensor.of('float32', [], [alone ? (scale[0] as number) : 1]), `${name}_level`);
  const zero = patch.constant(Tensor.of('uint8', [], [0]), `${name}_zero`);
  let value = patch.node('DequantizeLinear', [input, unit, zero], { name: `${name}/decode` });
  if (!alone) value = patch.node('Mul', [value, channel(scale, 'scale')], { name: `${name}/scale` });
  if (shifted) value = patch.node('Add', [value, channel(shift, 'shift')], { name: `${name}/shift` });
  const { dtype } = old.type;
  return dtype === 'float32' || dtype === null
    ? value
    : patch.node('Cast', [value], { name: `${name}/cast`, attributes: { to: DTYPE_CODES[dtype] } });
}

function encode(patch: Patch, old: Value, name: string, [low, high]: readonly [number, number]): Value {
  let value =
    old.type.dtype === 'float32' ? old : patch.node('Cast', [old], { name: `${name}/cast`, attributes: { to: DTYPE_CODES.float32 } });
  if (low !== 0)
    value = patch.node('Sub', [value, patch.constant(Tensor.of('float32', [], [low]), `${name}_low`)], { name: `${name}/low` });
  const level = patch.constant(Tensor.of('float32', [], [(high - low) / LEVELS]), `${name}_level`);
  const zero = patch.constant(Tensor.of('uint8', [], [0]), `${name}_zero`);
  return patch.node('QuantizeLinear', [value, level, zero], { name: `${name}/encode` });
}

/** What a caller with float values does: the inverse of what the graph does, rounded to the nearest level. */
function quantize({ scale, shift }: Scaling): AdapterStep[] {
  return [
    ...(shift.some((t) => t !== 0) ? [{ kind: 'arithmetic', op: 'subtract', values: shift } as const] : []),
    { kind: 'arithmetic', op: 'divide', values: scale },
    { kind: 'round' },
    { kind: 'cast', to: 'uint8' },
  ];
}

function dequantize([low, high]: readonly [number, number]): AdapterStep[] {
  return [
    { kind: 'cast', to: 'float32' },
    { kind: 'arithmetic', op: 'multiply', values: [(high - low) / LEVELS] },
    ...(low === 0 ? [] : [{ kind: 'arithmetic', op: 'add', values: [low] } as const]),
  ];
}
