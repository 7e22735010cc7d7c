import { type Node, Patch, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Rewrite, RewriteContext } from '../rewrite.ts';

/** Parameters of a per-tensor quantizer or dequantizer. */
interface Grid {
  readonly dtype: 'uint8' | 'int8' | 'uint16' | 'int16';
  readonly scale: number;
  readonly zeroPoint: number;
}

/** A step of Sigmoid's and HardSigmoid's 16-bit result; Tanh's is twice that, around the middle. */
const WIDE_STEP = 1 / 65536;
const SIGNED_MIDDLE = 32768;

/** Shuffles whose two sides have other parameters, which the HTP compiler does not convert between. */
export const shuffleScale: Rewrite = {
  id: 'form/shuffle-scale', title: 'Shuffle at one scale, conversion behind it', exactness: 'bit', face: 'same', opTypes: ['DepthToSpace', 'SpaceToDepth'],
  doc: `Between DequantizeLinear(s, z) and a QuantizeLinear of other parameters, Q(s, z) and DQ(s, z) are put behind the shuffle: its values lie on
the grid of s and z already, so nothing is rounded. The HTP compiler moves the levels and leaves the conversion out; with the pair it converts.`,
  match: (node, context) => {
    const before = movesUnscaled(node);
    const output = node.output();
    return before && output ? pairBehind(node, output, before, context, 'the shuffle keeps the grid of its input') : null;
  },
};

/** 16-bit activations whose result HTP gives in steps of its own. */
export const wideActivation: Rewrite = {
  id: 'form/wide-activation', title: '16-bit Sigmoid and Tanh in the steps that HTP gives', exactness: 'approximate', face: 'same', opTypes: ['Sigmoid', 'HardSigmoid', 'Tanh'],
  doc: `Behind Sigmoid and HardSigmoid Q(1/65536, 0) and DQ(1/65536, 0), behind Tanh Q(2/65536, 32768) and its DQ are put before the QuantizeLinear that is
there. One rounding more, of half a step: 7.6e-6 (Tanh 1.5e-5). HTP gives 16-bit results of these operators in those steps and ignores others.`,
  match: (node, context) => {
    const output = node.output();
    if (!misencoded(node) || !output) return null;
    const grid: Grid = node.is('Tanh') ? { dtype: 'uint16', scale: 2 * WIDE_STEP, zeroPoint: SIGNED_MIDDLE } : { dtype: 'uint16', scale: WIDE_STEP, zeroPoint: 0 };
    return pairBehind(node, output, grid, context, 'the steps that HTP gives');
  },
};

/** The grid before a shuffle where the quantizer behind it has another; null where they agree, or there are not both. */
export function movesUnscaled(node: Node): Grid | null {
  const [before, after] = [gridOf(node.input(0)?.producer, 'DequantizeLinear'), gridOf(node.output()?.soleConsumer, 'QuantizeLinear')];
  return before && after && (before.scale !== after.scale || before.zeroPoint !== after.zeroPoint || before.dtype !== after.dtype) ? before : null;
}

/** The 16-bit grid behind an activation that is not HTP's own; null for others. */
export function misencoded(node: Node): Grid | null {
  const [before, after] = [gridOf(node.input(0)?.producer, 'DequantizeLinear'), gridOf(node.output()?.soleConsumer, 'QuantizeLinear')];
  if (before?.dtype !== 'uint16' || after?.dtype !== 'uint16') return null;
  const [step, middle] = node.is('Tanh') ? [2 * WIDE_STEP, SIGNED_MIDDLE] : [WIDE_STEP, 0];
  return Math.abs(after.scale / step - 1) < 1e-4 && after.zeroPoint === middle ? null : after;
}

function gridOf(node: Node | null | undefined, opType: string): Grid | null {
  const scale = node?.input(1)?.constant;
  if (!node?.is(opType) || scale?.size !== 1) return null;
  const zeroPoint = node.input(2);
  const dtype = zeroPoint?.type.dtype ?? (opType === 'QuantizeLinear' ? node.output() : node.input(0))?.type.dtype;
  if ((zeroPoint && !zeroPoint.constant) || !isGridType(dtype)) return null;
  return { dtype, scale: scale.numbers()[0] as number, zeroPoint: zeroPoint?.constant?.numbers()[0] ?? 0 };
}

function isGridType(dtype: string | null | undefined): dtype is Grid['dtype'] {
  return dtype === 'uint8' || dtype === 'int8' || dtype === 'uint16' || dtype === 'int16';
}

function pairBehind(node: Node, output: Value, { dtype, scale, zeroPoint }: Grid, context: RewriteContext, reason: string): ReturnType<Rewrite['match']> {
  const patch = new Patch(context.graph, context.opset);
  const [s, z] = [patch.constant(Tensor.of('float32', [], [scale]), `${output.name}_scale`), patch.constant(Tensor.of(dtype, [], [zeroPoint]), `${output.name}_zero_point`)];
  const [moved] = patch.copy(node, node.inputs) as [Value];
  const levels = patch.node('QuantizeLinear', [moved, s, z], { name: `${node.name || node.opType}_quantize` });
  patch.replace(output, patch.node('DequantizeLinear', [levels, s, z], { name: `${node.name || node.opType}_dequantize` })).remove(node);
  return { kind: 'proposal', patch, nodes: [node], reason };
}
