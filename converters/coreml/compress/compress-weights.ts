import { UserError } from '../../../models/contracts/index.ts';
import { halfToNumber, numberToHalf } from '../../../models/onnx/half.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { WeightsFile } from '../lower/weights-file.ts';
import { type Blob, type Constant, type Plan, releaseOf, type WeightForm } from '../plan.ts';
import { encodeWeight } from './encode-weight.ts';
import type { WeightScheme } from './weight-scheme.ts';
import { weightAxes } from './weight-users.ts';

export interface CompressOptions {
  readonly scheme: WeightScheme;
  /** Weights of so many elements or fewer stay as they are. */
  readonly above: number;
  readonly precision: 'fp16' | 'fp32';
}

/** coremltools' own limit. */
export const WEIGHTS_ABOVE = 2048;

export interface Compression {
  readonly scheme: string;
  readonly above: number;
  readonly tensors: readonly CompressedTensor[];
  /** Weights that stay as they are. */
  readonly left: readonly { readonly name: string; readonly elements: number; readonly reason: string }[];
}

interface CompressedTensor {
  /** In the plan, and of the initializer in the model where there is one. */
  readonly name: string;
  readonly source: string | null;
  readonly elements: number;
  /** Bytes uncompressed in the package's precision, and compressed. */
  readonly bytes: readonly [before: number, after: number];
  /** 10·log10(Σ weight² / Σ error²). */
  readonly sqnr: number;
  /** What operations will see. */
  readonly values: Float64Array;
  readonly note: string | null;
}

/**
 * Stores the weights of convolutions and matrix products as a scheme says; what is compressed already stays. Scales and tables are rounded to
 * the package's precision before anything is fitted to them. Throws UserError where nothing is above the limit.
 */
export function compressWeights({ plan, weights }: { readonly plan: Plan; readonly weights: WeightsFile }, { scheme, above, precision }: CompressOptions): { readonly plan: Plan; readonly weights: WeightsFile; readonly compression: Compression } {
  const axesOf = weightAxes(plan);
  const file = new WeightsFile();
  const rounded = precision === 'fp16' ? (value: number) => halfToNumber(numberToHalf(value)) : Math.fround;
  const tensors: CompressedTensor[] = [];
  const left: { name: string; elements: number; reason: string }[] = [];
  const constants = plan.constants.map((constant): Constant => {
    const axes = axesOf.get(constant.name);
    const { weightForm: form, dims, name, source } = constant;
    if (!axes || form.kind !== 'dense' || form.data.dtype !== 'fp32') return { ...constant, weightForm: moved(form, weights, file) };
    const values = Tensor.fromBytes('float32', dims, weights.read(form.data)).numbers();
    const reason = values.length <= above ? `${values.length} elements, not above ${above}` : values.every((value) => value === 0) ? 'all zeros' : values.every(Number.isFinite) ? null : 'not finite';
    if (reason !== null) {
      left.push({ name: source ?? name, elements: values.length, reason });
      return { ...constant, weightForm: moved(form, weights, file) };
    }
    const encoded = encodeWeight({ values, dims, axes, scheme, release: releaseOf(plan.opset), rounded, file });
    tensors.push({
      name, source, elements: values.length, bytes: [values.length * (precision === 'fp16' ? 2 : 4), Math.ceil(encoded.bits / 8)],
      sqnr: sqnrOf(values, encoded.values), values: encoded.values, note: encoded.note,
    });
    return { ...constant, weightForm: encoded.form };
  });
  if (tensors.length === 0) throw new UserError(`No weight has more than ${above} elements.`, ['Take smaller ones too, e.g. --weights-above 0, or leave --weights out.']);
  return { plan: { ...plan, constants }, weights: file, compression: { scheme: scheme.text, above, tensors, left } };
}

function sqnrOf(values: Float64Array, encoded: Float64Array): number {
  const noise = values.reduce((sum, value, i) => sum + (value - (encoded[i] as number)) ** 2, 0);
  return noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(values.reduce((sum, value) => sum + value * value, 0) / noise);
}

/** The same form with its blobs in another file. */
function moved(form: WeightForm, from: WeightsFile, to: WeightsFile): WeightForm {
  const copies = Object.entries(form).map(([key, part]) => [key, isBlob(part) ? to.add(part.dtype, part.dims, from.read(part)) : part]);
  return Object.fromEntries(copies) as WeightForm;
}

function isBlob(part: unknown): part is Blob {
  return typeof part === 'object' && part !== null && 'offset' in part && 'bytes' in part;
}
