import { type Node, Patch, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Rewrite } from '../rewrite.ts';

const UINT8 = 2;
const LARGEST = 255;

/** Cast float32 → uint8 behind a Clip, as a quantizer: the form whose layout transposes the HTP compiler takes. */
export const castToUint8: Rewrite = {
  id: 'form/cast-to-uint8', title: 'Cast to uint8 as QuantizeLinear', exactness: 'exact', face: 'same', opTypes: ['Cast'],
  doc: `Cast(Clip(x + k, 0, 255) → uint8), with a whole number k from 0 to 255, becomes QuantizeLinear(Floor(x), scale 1, zero point k): the
Cast cuts off the fraction, ⌊x + k⌋ = ⌊x⌋ + k, rounding a whole number changes nothing, and the quantizer saturates where the Clip did.
Without the addition it is the same bit for bit; with it, x + k is no longer rounded before the fraction goes, which fp16 needs: above 128
its numbers are 1/8 apart. A Clip to narrower bounds stays. The HTP compiler leaves the transposes around a plain uint8 Cast on the CPU.
Needs opset 10.`,
  match: (node, context) => {
    const [input, output] = [node.input(0), node.output()];
    if (!input || !output || node.attributes.int('to') !== UINT8 || input.type.dtype !== 'float32') return null;
    const clip = input.producer;
    const bounds = clip && boundsOf(clip);
    if (!clip || !bounds || bounds[0] < 0 || bounds[1] > LARGEST) return { kind: 'refusal', nodes: [node], reason: 'no Clip keeps the values between 0 and 255: what a Cast makes of others is not defined' };
    if (context.opset < 10) return { kind: 'refusal', nodes: [node], reason: 'QuantizeLinear needs opset 10 (--opset 10 or above)' };
    const saturates = bounds[0] === 0 && bounds[1] === LARGEST;
    const clipped = clip.input(0) as Value;
    const shift = saturates ? wholeShift(clipped) : null;
    const removed = [node, ...(saturates && input.soleConsumer === node ? [clip] : [])];
    if (shift && removed.length === 2 && clipped.soleConsumer === clip) removed.push(shift.node);
    const patch = new Patch(context.graph, context.opset);
    const whole = patch.node('Floor', [shift?.value ?? (saturates ? clipped : input)], { name: `${node.name || 'Cast'}_floor`, types: [input.type] });
    const scale = patch.constant(Tensor.of('float32', [], [1]), `${output.name}_scale`);
    const zeroPoint = patch.constant(Tensor.of('uint8', [], [shift?.by ?? 0]), `${output.name}_zero_point`);
    patch.replace(output, patch.node('QuantizeLinear', [whole, scale, zeroPoint], { like: node, types: [{ ...input.type, dtype: 'uint8' }] })).remove(...removed);
    return {
      kind: 'proposal', patch, nodes: [...removed].reverse(), exactness: shift ? 'exact' : 'bit',
      reason: `the quantizer cuts off ${shift ? `and adds ${shift.by} ` : ''}as the Cast did`,
    };
  },
};

/** Lower and upper bound of a Clip in either form; null where they are not known. */
function boundsOf(node: Node): [number, number] | null {
  if (!node.is('Clip')) return null;
  const [low, high] = (['min', 'max'] as const).map((name, i) => (node.attributes.has(name) ? node.attributes.float(name, 0) : (node.input(i + 1)?.constant?.numbers()[0] ?? null)));
  return low == null || high == null ? null : [low, high];
}

/** `value + by` with one whole number between 0 and 255 for all elements, which does not widen the shape. */
function wholeShift(sum: Value): { readonly node: Node; readonly value: Value; readonly by: number } | null {
  const node = sum.producer;
  if (!node?.is('Add')) return null;
  for (const [constant, value] of [[node.input(1), node.input(0)], [node.input(0), node.input(1)]] as const) {
    if (!value || value.constant || constant?.constant?.size !== 1 || (value.type.shape?.length ?? -1) < constant.constant.dims.length) continue;
    const by = constant.constant.numbers()[0] as number;
    if (Number.isInteger(by) && by >= 0 && by <= LARGEST) return { node, value, by };
  }
  return null;
}
