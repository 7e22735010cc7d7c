import type { Node } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Blob, MilDtype, WeightForm } from '../plan.ts';
import type { LowerContext } from './context.ts';
import { floatInput } from './float-input.ts';
import type { Lowerer } from './lowerer.ts';
import { int, type Input, type MilValue, real, text } from './mil-value.ts';
import { Refused } from './refused.ts';

/** Quantization: activations as `quantize` and `dequantize` (iOS 17), constants in the quantized form that the target has. */
export const QUANT: Readonly<Record<string, Lowerer>> = { QuantizeLinear: quantize, DequantizeLinear: dequantize };

const BYTES: ReadonlySet<string> = new Set(['uint8', 'int8']);

function quantize(node: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  const output = node.output();
  const dtype = output ? c.dtypeOf(output) : 'uint8';
  if (!BYTES.has(dtype)) throw new Refused(`it quantizes to ${dtype}`, 'Core ML computes activations in int8 and uint8: quantize with --scheme w8a8.');
  checkRelease(c);
  const made = c.emit('quantize', { input: x, ...parameters(node, c, x, dtype as MilDtype), output_dtype: text(dtype) }, { dtype: dtype as MilDtype, shape: x.shape }, 'quantized', dtype === 'uint8' ? [0, 255] : [-128, 127]);
  if (output) c.bind(output, made);
}

function dequantize(node: Node, c: LowerContext): void {
  const constant = c.known(node.input(0));
  if (constant) {
    dequantizeConstant(node, c, constant);
    return;
  }
  const x = c.quantized(0);
  if (x.dtype === 'uint8' || x.dtype === 'int8') {
    c.finish('dequantize', { input: x, ...parameters(node, c, x, x.dtype) });
    return;
  }
  if (x.dtype !== 'fp32') throw new Refused(`it dequantizes ${node.input(0)?.type.dtype}`, 'Core ML dequantizes int8 and uint8.');
  const [scale, zero] = [known(node, c, 1, 'scale'), node.input(2) ? known(node, c, 2, 'zero point') : null];
  const along = (tensor: Tensor): MilValue => c.floats(tensor.numbers(), alongAxis(node, tensor, x.shape.length), 'along');
  const shifted = zero?.numbers().some((value) => value !== 0) ? c.emit('sub', { x, y: along(zero) }, x, 'shifted') : x;
  c.finish('mul', { x: shifted, y: along(scale) });
}

function checkRelease(c: LowerContext): void {
  if (c.release < 17) throw new Refused('quantized activations need iOS 17', 'Convert with --min-ios 17.');
}

function parameters(node: Node, c: LowerContext, x: MilValue, dtype: MilDtype): Readonly<Record<string, Input>> {
  if (node.attributes.int('block_size', 0) !== 0) throw new Refused('it quantizes activations in blocks', 'Core ML has one scale for a tensor or a channel.');
  const scale = known(node, c, 1, 'scale');
  const zero = node.input(2) ? known(node, c, 2, 'zero point') : null;
  const zeros = zero ? zero.numbers() : new Float64Array(scale.size);
  if (scale.size === 1) return { scale: real(scale.numbers()[0] as number), zero_point: { dtype, value: zeros[0] as number } };
  const axis = node.attributes.int('axis', 1);
  return { scale: c.floats(scale.numbers(), [scale.size], 'scale'), zero_point: { dtype, value: [...zeros] }, axis: int(axis < 0 ? axis + x.shape.length : axis) };
}

function alongAxis(node: Node, tensor: Tensor, rank: number): number[] {
  const given = node.attributes.int('axis', 1);
  const axis = given < 0 ? given + rank : given;
  return tensor.size === 1 ? [] : Array.from({ length: rank }, (_, i) => (i === axis ? tensor.size : 1));
}

/** Bytes stay bytes where the target has a form for them; the rest is computed here, in the arithmetic of ONNX. */
function dequantizeConstant(node: Node, c: LowerContext, data: Tensor): void {
  const output = node.output();
  if (!output) return;
  const scale = known(node, c, 1, 'scale');
  const zero = node.input(2) ? known(node, c, 2, 'zero point') : null;
  const given = node.attributes.int('axis', 1);
  const axis = given < 0 ? given + data.dims.length : given;
  const form = storedForm(c, { data, scale, zero, axis, blockSize: node.attributes.int('block_size', 0) });
  const source = node.input(0)?.name ?? null;
  c.bind(output, form ? c.weight(form, { dtype: 'fp32', shape: data.dims }, output.name, source) : c.constant(dense({ data, scale, zero, axis, blockSize: node.attributes.int('block_size', 0) }), output.name));
}

interface Quantized {
  readonly data: Tensor;
  readonly scale: Tensor;
  readonly zero: Tensor | null;
  readonly axis: number;
  readonly blockSize: number;
}

const SUB_BYTE: ReadonlySet<string> = new Set(['int4', 'uint4']);

function storedForm(c: LowerContext, quantized: Quantized): WeightForm | null {
  const { data, scale, zero, axis, blockSize } = quantized;
  const isByte = BYTES.has(data.dtype);
  if (data.dims.length === 0 || (!isByte && !(SUB_BYTE.has(data.dtype) && c.release >= 18))) return null;
  if (c.release < 16 || (blockSize !== 0 && c.release < 18)) return null;
  const dtype = data.dtype as MilDtype;
  const stored = c.weights.add(dtype, data.dims, isByte ? data.bytes() : bytesOf(data));
  const put = (tensor: Tensor, dims: readonly number[]): Blob => c.weights.add(tensor === scale ? 'fp32' : dtype, dims, tensor === scale ? Tensor.of('float32', dims, tensor.numbers()).bytes() : isByte ? tensor.bytes() : bytesOf(tensor));
  if (c.release >= 18) {
    const dims = scale.size === 1 ? data.dims.map(() => 1) : blockSize === 0 ? data.dims.map((_, i) => (i === axis ? scale.size : 1)) : [...scale.dims];
    return { kind: 'blockwise', data: stored, scale: put(scale, dims), offset: zero?.numbers().some((value) => value !== 0) ? put(zero, dims) : null };
  }
  const dims = scale.size === 1 ? [] : [scale.size];
  return { kind: 'affine', data: stored, scale: put(scale, dims), zeroPoint: zero ? put(zero, dims) : null, axis: scale.size === 1 ? 0 : axis };
}

/** One element a byte. */
function bytesOf(tensor: Tensor): Uint8Array {
  return Uint8Array.from(tensor.numbers(), (value) => value & 255);
}

function dense({ data, scale, zero, axis, blockSize }: Quantized): Tensor {
  const [values, scales, zeros] = [data.numbers(), scale.numbers(), zero?.numbers()];
  const inner = data.dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const size = data.dims[axis] ?? 1;
  const at = (i: number): number => {
    if (scales.length === 1) return 0;
    const along = Math.floor(i / inner) % size;
    if (blockSize === 0) return along;
    return (Math.floor(i / (inner * size)) * Math.ceil(size / blockSize) + Math.floor(along / blockSize)) * inner + (i % inner);
  };
  return Tensor.of('float32', data.dims, values.map((value, i) => (value - (zeros?.[at(i)] ?? 0)) * (scales[at(i)] as number)));
}

function known(node: Node, c: LowerContext, index: number, what: string): Tensor {
  const tensor = c.known(node.input(index));
  if (!tensor) throw new Refused(`its ${what} is computed`, 'Core ML takes constants there.');
  return tensor;
}
