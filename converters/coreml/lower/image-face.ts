import type { Value } from '../../../models/graph/index.ts';
import type { ImageAs } from '../images.ts';
import type { MilDtype, PlanDim, PlanInput, PlanOutput } from '../plan.ts';
import type { LowerContext } from './context.ts';
import { ints, type MilValue, real } from './mil-value.ts';
import { Refused } from './refused.ts';

/**
 * An image as input: pixels 0 to 255, scaled by Core ML. The program takes it in the type that it computes in: preprocessing in float32
 * would leave the Neural Engine. Throws Refused for shapes that no image has.
 */
export function imageInput(value: Value, name: string, { color, scale, bias, layout }: ImageAs, c: LowerContext, faceDtype: MilDtype): PlanInput {
  const shape = imageShape(c.shapeOf(value), layout, color, `input "${value.name}"`);
  const channels = color === 'GRAYSCALE' ? 1 : 3;
  const feature: MilValue = { name, dtype: 'fp32', shape, isConstant: false, range: null };
  c.bind(value, layout === 'NHWC' ? permuted(c, feature, [0, 2, 3, 1], c.names.unique(`${name}_nhwc`)) : feature);
  const image = { color, scale: scale[0] as number, bias: Array.from({ length: channels }, (_, channel) => bias[bias.length === 1 ? 0 : channel] as number) };
  return { name, source: value.name, dtype: 'fp32', shape, faceDtype, image, flexible: null };
}

/** An image as output: brought to 0 to 255 and cut off there, not rounded: what makes bytes of it is Core ML. Throws Refused for shapes that no image has. */
export function imageOutput(value: Value, name: string, { color, scale, bias, layout }: ImageAs, c: LowerContext, faceDtype: MilDtype): PlanOutput {
  let made = c.value(value);
  const shape = imageShape(made.shape, layout, color, `output "${value.name}"`);
  if (layout === 'NHWC') made = permuted(c, made, [0, 3, 1, 2], c.names.unique(`${name}_nchw`));
  const type = { dtype: made.dtype, shape };
  const step = (op: 'mul' | 'add', by: number, hint: string): MilValue => c.emitAll(op, { x: made, y: real(by) }, [type], c.names.unique(`${name}_${hint}`))[0] as MilValue;
  const factor = 1 / (scale[0] as number);
  if (bias[0] !== 0) made = step('add', -(bias[0] as number), 'shifted');
  if (factor !== 1) made = step('mul', factor, 'pixels');
  c.emitAll('clip', { x: made, alpha: real(0), beta: real(255) }, [type], name);
  return { name, source: value.name, dtype: made.dtype, shape, faceDtype, image: { color, scale: 1, bias: [] } };
}

function permuted(c: LowerContext, x: MilValue, perm: readonly number[], name: string): MilValue {
  const shape = perm.map((axis) => x.shape[axis] as PlanDim);
  return c.emitAll('transpose', { x, perm: ints(perm) }, [{ dtype: x.dtype, shape }], name)[0] as MilValue;
}

/** The shape as NCHW. */
function imageShape(shape: readonly PlanDim[], layout: ImageAs['layout'], color: ImageAs['color'], what: string): PlanDim[] {
  const [n, ...rest] = shape;
  const [channels, height, width] = layout === 'NCHW' ? rest : [rest[2], rest[0], rest[1]];
  const isImage = shape.length === 4 && channels === (color === 'GRAYSCALE' ? 1 : 3);
  if (!isImage || height === undefined || width === undefined) throw new Refused(`${what} [${shape.join(', ')}] is no ${color} image`, 'Describe it with "input" in the config, or convert with --input tensor.');
  if (n !== 1) throw new Refused(`${what} is a batch of ${n}, and an image is one`, 'Fix the batch at 1: --static NAME=1x3x256x256.');
  return [1, channels, height, width];
}
