import { type NamedArrays, type NdArray, UserError } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { FaceValue, ModelFace } from '../../../models/run/index.ts';
import type { MilFunction, MilOperation } from '../package/mil.ts';
import { MilConstant } from '../package/constant.ts';
import type { FunctionFace } from '../package/read-package.ts';
import { plainName } from './match-values.ts';

/** How a feature of the package and an input or output of the source model stand to one another: source = feature · scale + bias (by channel). */
export interface FeatureFace {
  readonly feature: string;
  /** One number, or one for each channel. */
  readonly scale: readonly number[];
  readonly bias: readonly number[];
  /** Of the source; NCHW unless told, as images are in packages. */
  readonly layout?: 'NCHW' | 'NHWC';
  /** Values of an image output in the source's units: what lies beyond is cut off. */
  readonly range?: readonly [least: number, most: number];
}

/** Faces by names of the source model. */
export interface PackageFaces {
  readonly inputs: ReadonlyMap<string, FeatureFace>;
  readonly outputs: ReadonlyMap<string, FeatureFace>;
}

/**
 * Pairs the features of a package with a source model's inputs and outputs: by name, by name as MIL writes it, or by place where there are
 * as many. What images are scaled by is read from the program: the first operations on an image input, the last one before an image output.
 * Throws UserError where a feature stays alone.
 */
export function matchFaces(source: ModelFace, face: FunctionFace, body: MilFunction): PackageFaces {
  const inputs = pair(source.inputs, face.inputs.map(({ name }) => name), 'input');
  const outputs = pair(source.outputs, face.outputs.map(({ name }) => name), 'output');
  const images = new Set([...face.inputs, ...face.outputs].filter(({ type }) => type.kind === 'image').map(({ name }) => name));
  return {
    inputs: new Map([...inputs].map(([name, feature]) => [name, images.has(feature) ? inputScale(feature, body) : plain(feature)])),
    outputs: new Map([...outputs].map(([name, feature]) => [name, images.has(feature) ? outputScale(feature, body) : plain(feature)])),
  };
}

/** Feeds of the source model as the package takes them: (source − bias) / scale. */
export function packageFeed(feed: NamedArrays, { inputs }: PackageFaces): NamedArrays {
  return new Map([...feed].map(([name, array]) => {
    const face = inputs.get(name);
    if (!face) throw new UserError(`The package has no input for "${name}".`, [`It has: ${[...inputs.values()].map(({ feature }) => feature).join(', ')}.`]);
    return [face.feature, isPlain(face) ? array : mapped(asNchw(array, face), (value, channel) => (value - at(face.bias, channel)) / at(face.scale, channel))];
  }));
}

/** An output of the package as the source model has it: feature · scale + bias. */
export function sourceOutput(array: NdArray, face: FeatureFace): NdArray {
  return isPlain(face) ? array : mapped(array, (value, channel) => value * at(face.scale, channel) + at(face.bias, channel));
}

/** What the package can say of an output of the source model: its image, cut off where pixels end. */
export function reachable(array: NdArray, face: FeatureFace): NdArray {
  if (!face.range) return asNchw(array, face);
  const [least, most] = face.range;
  return mapped(asNchw(array, face), (value) => Math.min(most, Math.max(least, value)));
}

function asNchw(array: NdArray, { layout }: FeatureFace): NdArray {
  if (layout !== 'NHWC' || array.dims.length !== 4) return array;
  const [n, height, width, channels] = array.dims as [number, number, number, number];
  const source = Tensor.fromNdArray(array).numbers();
  const plane = height * width;
  const values = source.map((_, i) => source[(Math.floor(i / (channels * plane)) * plane + (i % plane)) * channels + (Math.floor(i / plane) % channels)] as number);
  return Tensor.of(array.dtype, [n, channels, height, width], values).toNdArray();
}

function plain(feature: string): FeatureFace {
  return { feature, scale: [1], bias: [0] };
}

function isPlain({ scale, bias, layout }: FeatureFace): boolean {
  return scale.every((value) => value === 1) && bias.every((value) => value === 0) && layout !== 'NHWC';
}

/** The number of a channel. */
function at(each: readonly number[], channel: number): number {
  return each[each.length === 1 ? 0 : channel] as number;
}

function mapped(array: NdArray, change: (value: number, channel: number) => number): NdArray {
  const inner = array.dims.slice(2).reduce((a, b) => a * b, 1);
  const channels = array.dims[1] ?? 1;
  const values = Tensor.fromNdArray(array).numbers().map((value, i) => change(value, Math.floor(i / inner) % channels));
  return { dtype: 'float32', dims: array.dims, data: Float32Array.from(values) };
}

function pair(values: readonly FaceValue[], features: readonly string[], what: string): Map<string, string> {
  const byPlainName = new Map(features.map((feature) => [plainName(feature), feature]));
  const pairs = new Map<string, string>();
  values.forEach(({ name }, i) => {
    const found = features.includes(name) ? name : (byPlainName.get(plainName(name)) ?? (values.length === features.length ? features[i] : undefined));
    if (found !== undefined) pairs.set(name, found);
  });
  const alone = features.filter((feature) => ![...pairs.values()].includes(feature));
  if (alone.length === 0 && (what === 'output' || pairs.size === values.length)) return pairs;
  throw new UserError(`The package's ${what}s (${features.join(', ')}) are not those of the source model (${values.map(({ name }) => name).join(', ')}).`, [
    'Compare the package with the model that it was converted from.',
  ]);
}

/** x · scale, then + bias, right after an image input. */
function inputScale(feature: string, { body }: MilFunction): FeatureFace {
  const constants = constantsOf(body.operations);
  const multiplied = soleUser(feature, body.operations, 'mul');
  const scale = multiplied ? otherOperand(multiplied, feature, constants) : null;
  if (!multiplied || scale?.length !== 1) return { ...plain(feature), bias: addedTo(feature, body.operations, constants) };
  return { feature, scale, bias: addedTo(multiplied.outputs[0]?.name ?? '', body.operations, constants) };
}

function addedTo(value: string, operations: readonly MilOperation[], constants: ReadonlyMap<string, MilConstant>): readonly number[] {
  const added = soleUser(value, operations, 'add');
  return (added ? otherOperand(added, value, constants) : null) ?? [0];
}

/** y / factor, where an image output comes from a product with a number; through casts. */
function outputScale(feature: string, { body }: MilFunction): FeatureFace {
  const constants = constantsOf(body.operations);
  let made = body.operations.find(({ outputs }) => outputs.some(({ name }) => name === feature));
  while (made?.type === 'cast' || made?.type === 'clip') {
    const input = made.inputs.get('x')?.[0];
    made = body.operations.find(({ outputs }) => outputs.some(({ name }) => name === input));
  }
  const operand = made?.inputs.get('x')?.[0];
  const factor = made?.type === 'mul' && typeof operand === 'string' ? otherOperand(made, operand, constants) : null;
  return factor?.length === 1 && factor[0] !== 0 ? { feature, scale: [1 / (factor[0] as number)], bias: [0] } : plain(feature);
}

function constantsOf(operations: readonly MilOperation[]): ReadonlyMap<string, MilConstant> {
  return new Map(operations.flatMap(({ type, outputs, attributes }) => {
    const value = attributes.get('val');
    return type === 'const' && outputs[0] && value ? [[outputs[0].name, value]] : [];
  }));
}

function soleUser(value: string, operations: readonly MilOperation[], type: string): MilOperation | null {
  const users = operations.filter(({ inputs }) => [...inputs.values()].some((list) => list.includes(value)));
  return users.length === 1 && users[0]?.type === type ? users[0] : null;
}

/** Numbers of the operand beside one, where they are constant. */
function otherOperand({ inputs }: MilOperation, value: string, constants: ReadonlyMap<string, MilConstant>): readonly number[] | null {
  const other = ['x', 'y'].map((name) => inputs.get(name)?.[0]).find((argument) => argument !== value);
  const constant = other instanceof MilConstant ? other : constants.get(other ?? '');
  return constant && constant.size <= 4 ? [...constant.numbers()] : null;
}
