import { type Finding, UserError } from '../../models/contracts/index.ts';
import { Tensor } from '../../models/onnx/index.ts';
import type { WeightsFile } from './lower/weights-file.ts';
import type { Constant, Operation, Plan } from './plan.ts';

/** Largest finite half-precision number. */
const MOST_HALF = 65504;
/** Least that half precision holds with all of its bits. */
const LEAST_HALF = 2 ** -14;
/** Most bytes of one constant that protobuf and the formats of Core ML take. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * Looks at the numbers of a plan. Throws UserError for NaN and for constants that are too large; what half precision would make infinite, and scales that
 * it would crush, are findings.
 */
export function checkWeights(plan: Plan, weights: WeightsFile, precision: 'fp16' | 'fp32', target: string): Finding[] {
  const floats = plan.constants.filter(({ dtype }) => dtype === 'fp32').flatMap((constant) => floatBlobs(constant).map((part) => ({ constant, ...part })));
  const large = plan.constants.find(({ weightForm }) => weightForm.kind === 'dense' && weightForm.data.bytes > MOST_BYTES);
  if (large) throw new UserError(`The constant "${large.source ?? large.name}" has ${large.dims.join('x')} elements, more than the 2 GiB that one may have.`, ['Split it, or store it in fewer bits.']);
  const findings: Finding[] = [];
  for (const { constant, blob, isScale } of floats) {
    const values = Tensor.fromBytes('float32', blob.dims, weights.read(blob)).numbers();
    if (values.some(Number.isNaN)) throw new UserError(`The constant "${constant.source ?? constant.name}" holds NaN.`, ['Train or export again: every result would be NaN.']);
    if (precision === 'fp16') findings.push(...halfFindings(constant, values, isScale, target));
  }
  if (precision === 'fp16') findings.push(...plan.functions.flatMap((f) => f.operations).flatMap((operation) => activationFindings(operation, target)));
  return findings;
}

/** Scales of activations are written into their operations, and rounded with them. */
function activationFindings({ op, name, inputs, outputs, source, sourceType }: Operation, target: string): Finding[] {
  const scale = inputs['scale'];
  if ((op !== 'quantize' && op !== 'dequantize') || !scale || !('immediate' in scale)) return [];
  const value = Number(scale.immediate.value);
  const what = { node: source, opType: sourceType, value: name, shape: `[${outputs[0]?.shape.join(', ')}]` };
  if (value > MOST_HALF) return [finding(what, target, 'coreml/scale-overflow', `its scale ${value.toPrecision(3)} is beyond ${MOST_HALF}`)];
  if (value === 0 || value >= LEAST_HALF) return [];
  return [finding(what, target, 'coreml/scale-underflow', `its scale ${value.toPrecision(3)} is below ${LEAST_HALF.toPrecision(3)}: fp16 rounds it coarsely or to 6e-8`)];
}

function floatBlobs({ weightForm: form }: Constant): { blob: Extract<typeof form, { kind: 'dense' }>['data']; isScale: boolean }[] {
  if (form.kind === 'dense') return [{ blob: form.data, isScale: false }];
  if (form.kind === 'affine' || form.kind === 'blockwise' || form.kind === 'sparse-blockwise') return form.scale.dtype === 'fp32' ? [{ blob: form.scale, isScale: true }] : [];
  const blob = form.kind === 'sparse' ? form.values : form.lut;
  return blob.dtype === 'fp32' ? [{ blob, isScale: false }] : [];
}

function halfFindings(constant: Constant, values: Float64Array, isScale: boolean, target: string): Finding[] {
  const over = values.filter((value) => Math.abs(value) > MOST_HALF && Number.isFinite(value));
  if (over.length > 0) return [finding(placeOf(constant), target, 'coreml/weight-overflow', `${over.length} of its ${values.length} numbers are beyond ±${MOST_HALF}, up to ${over.reduce((a, b) => (Math.abs(a) > Math.abs(b) ? a : b)).toPrecision(6)}: fp16 makes them infinite or keeps the operation in float32`)];
  const crushed = isScale ? values.filter((value) => value !== 0 && Math.abs(value) < LEAST_HALF) : new Float64Array();
  if (crushed.length === 0) return [];
  return [finding(placeOf(constant), target, 'coreml/scale-underflow', `${crushed.length} of its ${values.length} scales are below ${LEAST_HALF.toPrecision(3)}, down to ${crushed.reduce((a, b) => Math.min(Math.abs(a), Math.abs(b))).toPrecision(3)}: fp16 rounds them coarsely or to 6e-8`)];
}

type Place = Pick<Finding, 'node' | 'opType' | 'value' | 'shape'>;

function placeOf({ source, name, dims }: Constant): Place {
  return { node: source ?? name, opType: 'initializer', value: name, shape: `[${dims.join(', ')}]` };
}

function finding(place: Place, target: string, rule: string, reason: string): Finding {
  return {
    rule, target, severity: 'overflow', evidence: 'computed', confidence: 'very high', ...place, scope: null,
    reason, remedy: 'Scale the layer, or keep what uses it in float32: --keep-fp32 LAYER.', rewrites: [],
    sources: ['coremltools add_fp16_cast'], cause: `${rule}:${place.value}`,
  };
}
