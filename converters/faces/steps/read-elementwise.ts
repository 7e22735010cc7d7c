import type { Node, Value } from '../../../models/graph/index.ts';
import { readChannelConstant } from '../../rewrites/weights/index.ts';
import { type AdapterStep, type ArithmeticOp, isFloatPort, isPortDType, type Layout, type PortDType } from '../adapter-spec.ts';

/** Steps of one elementwise node, and the value it works on. */
export interface ElementwiseSteps {
  readonly data: Value;
  readonly steps: readonly AdapterStep[];
  /** True where the same is done to every channel, so that the node may change places with data movement. */
  readonly uniform: boolean;
}

/** Where per-channel constants lie: the layout and channel count of the data; null while neither is clear, then only scalars are read. */
export interface ChannelAxis {
  readonly layout: Layout;
  readonly channels: number;
}

const OPS: Readonly<Record<string, ArithmeticOp>> = { Mul: 'multiply', Div: 'divide', Add: 'add', Sub: 'subtract' };

/**
 * Reads Mul, Add, Sub, Div by constants, Neg, Clip, Relu, Round, Cast, QuantizeLinear and DequantizeLinear of uint8; null for anything
 * else. Arithmetic in half precision becomes arithmetic in float32, without the roundings in between (ONNX Runtime's CPU computes it so,
 * too).
 */
export function readElementwiseSteps(node: Node, axis: ChannelAxis | null): ElementwiseSteps | null {
  const output = node.output();
  if (!node.isOnnx || node.outputs.length !== 1 || !output || !isPortDType(output.type.dtype)) return null;
  if (OPS[node.opType]) return readArithmetic(node, OPS[node.opType] as ArithmeticOp, axis);
  const data = node.input(0);
  if (!data || !isPortDType(data.type.dtype)) return null;
  const steps = readUnary(node, data);
  return steps && { data, steps, uniform: true };
}

function readUnary(node: Node, data: Value): AdapterStep[] | null {
  switch (node.opType) {
    case 'Identity':
      return [];
    case 'Cast':
      return node.attributes.int('saturate', 1) === 1 ? [{ kind: 'cast', to: node.output()?.type.dtype as PortDType }] : null;
    case 'Neg':
      return isFloat(data) ? [{ kind: 'arithmetic', op: 'multiply', values: [-1] }] : null;
    case 'Relu':
      return isFloat(data) ? [{ kind: 'clip', min: 0, max: null }] : null;
    case 'Round':
      return isFloat(data) ? [{ kind: 'round' }] : null;
    case 'Clip':
      return isFloat(data) ? readClip(node) : null;
    case 'QuantizeLinear':
      return readQuantize(node, data);
    case 'DequantizeLinear':
      return readDequantize(node, data);
    default:
      return null;
  }
}

function readArithmetic(node: Node, op: ArithmeticOp, axis: ChannelAxis | null): ElementwiseSteps | null {
  const [a, b] = [node.input(0), node.input(1)];
  const constantFirst = a?.constant != null;
  const [data, constant] = constantFirst ? [b, a] : [a, b];
  if (!data || !constant?.constant || data.constant || !isFloat(data)) return null;
  if (data.type.shape?.length !== (node.output()?.type.shape?.length ?? -1)) return null;
  const values = readValues(constant, axis);
  if (!values || (constantFirst && op === 'divide')) return null;
  const steps: AdapterStep[] =
    constantFirst && op === 'subtract'
      ? [
          { kind: 'arithmetic', op: 'multiply', values: [-1] },
          { kind: 'arithmetic', op: 'add', values },
        ]
      : [{ kind: 'arithmetic', op, values }];
  return { data, steps, uniform: values.length === 1 };
}

/** One number, or one per channel of an image. */
function readValues(constant: Value, axis: ChannelAxis | null): number[] | null {
  const tensor = constant.constant;
  if (tensor?.size === 1) return [tensor.numbers()[0] as number];
  if (!axis) return null;
  const values = readChannelConstant(constant, 4, axis.layout === 'NCHW' ? 1 : 3, axis.channels);
  if (typeof values === 'string') return null;
  return values.every((value) => value === values[0]) ? [values[0] as number] : [...values];
}

/** Bounds are attributes up to opset 10, then inputs. */
function readClip(node: Node): AdapterStep[] | null {
  const [low, high] = [node.input(1), node.input(2)];
  if ((low && !low.constant) || (high && !high.constant)) return null;
  const min = low?.constant?.numbers()[0] ?? node.attributes.float('min') ?? null;
  const max = high?.constant?.numbers()[0] ?? node.attributes.float('max') ?? null;
  return [{ kind: 'clip', min, max }];
}

function readQuantize(node: Node, data: Value): AdapterStep[] | null {
  const [scale, zero] = scaleAndZero(node) ?? [];
  if (scale === undefined || zero === undefined || !isFloat(data) || node.output()?.type.dtype !== 'uint8') return null;
  return [{ kind: 'arithmetic', op: 'divide', values: [scale] }, { kind: 'round' }, ...shift('add', zero), { kind: 'cast', to: 'uint8' }];
}

function readDequantize(node: Node, data: Value): AdapterStep[] | null {
  const [scale, zero] = scaleAndZero(node) ?? [];
  if (scale === undefined || zero === undefined || data.type.dtype !== 'uint8') return null;
  return [{ kind: 'cast', to: 'float32' }, ...shift('subtract', zero), { kind: 'arithmetic', op: 'multiply', values: [scale] }];
}

function scaleAndZero(node: Node): [scale: number, zero: number] | null {
  const [scale, zero] = [node.input(1)?.constant, node.input(2)];
  if (scale?.size !== 1 || (zero && zero.constant?.size !== 1) || node.attributes.int('block_size', 0) !== 0) return null;
  return [scale.numbers()[0] as number, zero?.constant?.numbers()[0] ?? 0];
}

function shift(op: 'add' | 'subtract', zero: number): AdapterStep[] {
  return zero === 0 ? [] : [{ kind: 'arithmetic', op, values: [zero] }];
}

function isFloat(value: Value): boolean {
  return isFloatPort(value.type.dtype);
}
