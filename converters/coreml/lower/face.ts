import type { DType } from '../../../models/contracts/index.ts';
import type { Value } from '../../../models/graph/index.ts';
import type { FlexibleShape, MilDtype, MilType, PlanInput, PlanOutput } from '../plan.ts';
import type { FlexibleShapes } from '../flexible.ts';
import type { ImageFaces } from '../images.ts';
import { type LowerContext, MOST_RANK } from './context.ts';
import { imageInput, imageOutput } from './image-face.ts';
import { type MilValue, number, text } from './mil-value.ts';
import { Refused } from './refused.ts';

export interface FaceOptions {
  /** Type of float inputs and outputs, fp16 from iOS 16 on; left out, the model's own where the target has it. */
  readonly ioDtype?: 'fp32' | 'fp16';
  /** Take float or int32 where the model has bytes or booleans: another face, which callers must know of. */
  readonly allowDtype?: boolean;
  /** Inputs and outputs that are images; an input's channels share one scale. */
  readonly images?: ImageFaces;
  /** Sizes that open axes may take. */
  readonly flexible?: FlexibleShapes;
  /** What the package computes in: images come in that type. */
  readonly precision?: 'fp16' | 'fp32';
}

/** Feature of a graph input, bound as a value. Throws Refused for types that Core ML's features do not have. */
export function lowerInput(value: Value, name: string, c: LowerContext, options: FaceOptions): PlanInput {
  const rank = value.type.shape?.length ?? 0;
  if (rank > MOST_RANK) throw new Refused(`an input of rank ${rank}, and Core ML takes rank ${MOST_RANK} at most`, 'Reshape before the model, and begin it behind: dyno rewrite --cut-from TENSOR.');
  const type = c.typeOf(value);
  const flexible = flexibleOf(value, c, options);
  const image = options.images?.inputs.get(value.name);
  if (image) return { ...imageInput(value, name, image, c, imageDtype(c, options)), flexible };
  checkFace(value, options, 'input');
  if (type.shape.length === 0) throw new Refused(`input "${value.name}" is a scalar`, 'Core ML’s inputs have at least one axis: reshape it in the model.');
  const dtype = featureDtype(type.dtype);
  const feature: MilValue = { name, dtype, shape: type.shape, isConstant: false, range: BYTES[c.dtypeOf(value)] ?? null };
  c.bind(value, type.dtype === 'bool' ? booleanOf(c, value, feature, type) : feature);
  return { name, source: value.name, dtype, shape: type.shape, faceDtype: faceDtype(value, dtype, c, options), image: null, flexible };
}

/** Feature of a graph output: what was computed under its name, or a copy of what bears another one. */
export function lowerOutput(value: Value, name: string, c: LowerContext, options: FaceOptions): PlanOutput {
  const image = options.images?.outputs.get(value.name);
  if (image) return imageOutput(value, name, image, c, imageDtype(c, options));
  checkFace(value, options, 'output');
  const made = c.value(value);
  const dtype = featureDtype(made.dtype);
  if (dtype !== made.dtype) c.emitAll('cast', { x: made, dtype: text(dtype) }, [{ dtype, shape: made.shape }], name);
  else if (made.name !== name) c.emitAll('identity', { x: made }, [{ dtype, shape: made.shape }], name);
  return { name, source: value.name, dtype, shape: made.shape, faceDtype: faceDtype(value, dtype, c, options), image: null };
}

/** Null where the shape is fixed. */
function flexibleOf(value: Value, c: LowerContext, { flexible }: FaceOptions): FlexibleShape | null {
  const shape = flexible?.get(value.name) ?? null;
  const isListed = (other: FlexibleShape): boolean => other.kind === 'enumerated';
  if (shape && isListed(shape) && c.release < 18 && [...(flexible?.values() ?? [])].filter(isListed).length > 1) throw new Refused('several inputs of listed shapes need iOS 18', 'Convert with --min-ios 18, or give ranges.');
  return c.typeOf(value).shape.every((dim) => typeof dim === 'number') ? null : shape;
}

const BYTES: Partial<Record<DType, readonly [number, number]>> = { bool: [0, 1], uint8: [0, 255], int8: [-128, 127] };

function booleanOf(c: LowerContext, value: Value, feature: MilValue, type: MilType): MilValue {
  const [made] = c.emitAll('not_equal', { x: feature, y: number('int32', 0) }, [type], c.names.unique(`${value.name}_bool`));
  return made as MilValue;
}

function checkFace(value: Value, { allowDtype = false }: FaceOptions, what: string): void {
  const dtype = value.type.dtype;
  if (allowDtype || !dtype || !(dtype in BYTES)) return;
  throw new Refused(`${what} "${value.name}" is ${dtype}, which Core ML’s features cannot be`, 'Take another type there: --allow dtype.');
}

function featureDtype(dtype: MilDtype): MilDtype {
  if (dtype === 'bool') return 'int32';
  return dtype === 'uint8' || dtype === 'int8' ? 'fp32' : dtype;
}

/** Images have the type that the package computes in, so that no conversion stands between them and the Neural Engine. */
function imageDtype(c: LowerContext, { ioDtype, precision }: FaceOptions): MilDtype {
  return ioDtype ?? (precision === 'fp16' && c.release >= 16 ? 'fp16' : 'fp32');
}

function faceDtype(value: Value, dtype: MilDtype, c: LowerContext, { ioDtype }: FaceOptions): MilDtype {
  if (dtype !== 'fp32') return dtype;
  return ioDtype ?? (value.type.dtype === 'float16' && c.release >= 16 ? 'fp16' : 'fp32');
}
