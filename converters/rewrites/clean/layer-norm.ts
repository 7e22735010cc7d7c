import { float, knownData, type Node, staticShape, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Rewrite } from '../rewrite.ts';
import { newPatch, propose, refuse, removeWithProducers } from './edit.ts';
import { isNear, otherInput } from './pattern.ts';
import { uniformValue } from './same-shape.ts';

export const layerNorm: Rewrite = {
  id: 'clean/layer-norm',
  title: 'Layer normalisation put together again',
  doc: `d = x − mean(x); d / √(mean(d²) + ε) · γ + β over the last axes is LayerNormalization(axis, ε), also where the middle is cast to
float32. γ and β must be constants of the shape of those axes (absent: 1 and none). Needs opset 17. A norm over channels of NCHW
between two Transposes stays between them.`,
  opTypes: ['Sqrt'],
  exactness: 'exact',
  face: 'same',
  match: (node, context) => {
    const norm = readNorm(node);
    if (!norm) return null;
    const shape = staticShape({ kind: 'tensor', dtype: null, shape: norm.x.type.shape?.slice(norm.axis) ?? null });
    const dtype = norm.x.type.dtype;
    if (!shape || !dtype) return refuse([node], 'the size of the normalised axes is open');
    if (context.opset < 17) return refuse([node], 'LayerNormalization needs opset 17; --opset 17 allows it');
    const affine = readAffine(norm.last, shape);
    const output = affine.last.output() as Value;
    const patch = newPatch(context);
    const scale = patch.constant(affine.scale ?? ones(dtype, shape), `${output.name}_scale`);
    const bias = affine.bias && patch.constant(affine.bias, `${output.name}_bias`);
    const attributes = { axis: norm.axis, epsilon: float(norm.epsilon) };
    patch.replace(
      output,
      patch.node('LayerNormalization', bias ? [norm.x, scale, bias] : [norm.x, scale], {
        like: affine.last,
        attributes,
        types: [output.type],
      }),
    );
    return propose(
      removeWithProducers(patch, affine.last),
      [norm.first, affine.last],
      `it is LayerNormalization over ${shape.join(' × ')}`,
    );
  },
};

interface Norm {
  readonly x: Value;
  /** First normalised axis, counted from the front. */
  readonly axis: number;
  readonly epsilon: number;
  /** ReduceMean of x, and the node that gives the normalised value. */
  readonly first: Node;
  readonly last: Node;
}

/** Reads back and forth from √(mean(d²) + ε). */
function readNorm(sqrt: Node): Norm | null {
  const sum = sqrt.input(0)?.producer;
  const variance = sum?.is('Add') ? otherInput(sum, (v) => uniformValue(v) !== null) : null;
  const epsilon = sum && uniformValue(sum.input(0) === variance ? sum.input(1) : sum.input(0));
  const square = variance?.producer?.is('ReduceMean') ? variance.producer.input(0)?.producer : null;
  const deviation = square && squared(square);
  const raw = deviation?.producer?.is('Cast') ? deviation.producer.input(0) : deviation;
  const sub = raw?.producer;
  const [x, mean] = [sub?.input(0), sub?.input(1)?.producer];
  const divide = sqrt.output()?.soleConsumer;
  if (
    !sub?.is('Sub') ||
    !x?.type.shape ||
    !mean?.is('ReduceMean') ||
    mean.input(0) !== x ||
    !variance?.producer ||
    typeof epsilon !== 'number'
  )
    return null;
  const axes = trailingAxes(mean, x.type.shape.length);
  if (axes === null || trailingAxes(variance.producer, x.type.shape.length) !== axes) return null;
  if (!divide?.is('Div') || divide.input(0) !== deviation || divide.input(1) !== sqrt.output()) return null;
  const back = raw === deviation ? divide : divide.output()?.soleConsumer;
  if (!back || (back !== divide && !back.is('Cast')) || back.output()?.type.dtype !== x.type.dtype) return null;
  return { x, axis: x.type.shape.length - axes, epsilon, first: mean, last: back };
}

function squared(node: Node): Value | null {
  if (node.is('Pow') && isNear(node.input(1), 2)) return node.input(0);
  return node.is('Mul') && node.input(0) === node.input(1) ? node.input(0) : null;
}

/** How many of the last axes a ReduceMean takes, keeping them as 1; null where it takes others. */
function trailingAxes(node: Node, rank: number): number | null {
  const stated = node.attributes.ints('axes') ?? (node.input(1) && knownData(node.input(1) as Value));
  const axes = stated?.map((axis) => (typeof axis === 'number' && axis < 0 ? axis + rank : axis)).sort();
  const isTrailing = axes?.every((axis, i) => axis === rank - axes.length + i) ?? false;
  return isTrailing && axes && axes.length > 0 && node.attributes.int('keepdims', 1) === 1 ? axes.length : null;
}

interface Affine {
  readonly scale: Tensor | null;
  readonly bias: Tensor | null;
  readonly last: Node;
}

function readAffine(norm: Node, shape: readonly number[]): Affine {
  const scaled = readConstantStep(norm, 'Mul', shape);
  const shifted = readConstantStep(scaled?.node ?? norm, 'Add', shape);
  return { scale: scaled?.constant ?? null, bias: shifted?.constant ?? null, last: shifted?.node ?? scaled?.node ?? norm };
}

/** The Mul or Add right behind a node, whose other operand is a constant over exactly the normalised axes. */
function readConstantStep(node: Node, opType: string, shape: readonly number[]): { node: Node; constant: Tensor } | null {
  const value = node.output();
  const next = value?.soleConsumer;
  const constant = next?.is(opType) ? otherInput(next, (v) => v === value)?.constant : null;
  if (!next || !constant || next.output()?.type.shape?.length !== value?.type.shape?.length) return null;
  const dims = constant.dims.slice(constant.dims.findIndex((dim) => dim !== 1));
  const fits =
    constant.size === shape.reduce((a, b) => a * b, 1) && dims.join() === shape.slice(shape.findIndex((dim) => dim !== 1)).join();
  return fits ? { node: next, constant: Tensor.fromBytes(constant.dtype, shape, constant.bytes()) } : null;
}

function ones(dtype: Tensor['dtype'], shape: readonly number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return Tensor.of(dtype, shape, new Array<number>(size).fill(1));
}
