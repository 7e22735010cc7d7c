import { type Node, Patch, type Value } from '../../../../models/graph/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import type { Proposal, Refusal, Rewrite, RewriteContext } from '../../rewrite.ts';
import { sameShape } from '../sum.ts';

/** DepthToSpace(c) + nearest-upsampled x (SRVGG, Real-ESRGAN compact). */
export const residualBeforeShuffle: Rewrite = {
  id: 'fold/residual-before-shuffle', title: 'Upsampled residual added before the shuffle', exactness: 'bit', face: 'same', opTypes: ['Add'],
  doc: `DepthToSpace_b(c) + nearest_b(x) = DepthToSpace_b(c + G·x), G repeating channels: CRD channel k takes x[k div b²], DCR channel k takes
x[k mod C]. The same additions on the same numbers: bit for bit. The upsampling disappears and the sum runs at low resolution, where
fold/carry-residual can take it. Conditions: Resize or Upsample by whole factors b on both axes with a grid that replicates (asymmetric and
floor, or half_pixel and round_prefer_*); neither operand has another use.`,
  match,
};

function match(node: Node, context: RewriteContext): Proposal | Refusal | null {
  const output = node.output();
  const shuffled = node.inputs.find((v) => v?.producer?.is('DepthToSpace'));
  const upsampled = node.inputs.find((v) => v?.producer?.is('Resize', 'Upsample'));
  const [shuffle, resize] = [shuffled?.producer, upsampled?.producer];
  if (!output || !shuffled || !upsampled || !shuffle || !resize) return null;
  const refuse = (reason: string): Refusal => ({ kind: 'refusal', nodes: [shuffle, resize, node], reason });
  if (shuffled.soleConsumer !== node || upsampled.soleConsumer !== node) return refuse('an operand has other consumers or is a graph output');
  if (!sameShape(shuffled, output) || !sameShape(upsampled, output)) return refuse('the sum broadcasts, or its shape is not known');
  const [inner, source] = [shuffle.input(0), resize.input(0)];
  const block = shuffle.attributes.int('blocksize', 0);
  const channels = source?.type.shape?.[1];
  if (!inner || !source || typeof channels !== 'number') return refuse('the channel count is not known');
  if (!replicates(resize, block)) return refuse(`${resize.label} does not repeat every pixel ${block} times`);
  const count = channels * block * block;
  const crd = shuffle.attributes.string('mode', 'DCR') === 'CRD';
  const map = Array.from({ length: count }, (_, k) => (crd ? Math.floor(k / (block * block)) : k % channels));
  const patch = new Patch(context.graph, context.opset);
  const repeated = patch.node('Gather', [source, patch.constant(Tensor.of('int64', [count], map), `${source.name}_repeat`)], { attributes: { axis: 1 }, name: `${resize.name || 'Resize'}_repeat` });
  const operands = node.input(0) === shuffled ? [inner, repeated] : [repeated, inner];
  const sum = patch.node('Add', operands, { like: node });
  const result = patch.node('DepthToSpace', [sum], { like: shuffle, attributes: { blocksize: block, ...(shuffle.attributes.has('mode') ? { mode: crd ? 'CRD' : 'DCR' } : {}) } });
  patch.replace(output, result).remove(shuffle, resize, node);
  return { kind: 'proposal', patch, nodes: [shuffle, resize, node], reason: `"${source.name}" repeated ${block}× is ${block * block} copies of each channel before the shuffle` };
}

function replicates(resize: Node, block: number): boolean {
  const { attributes: a } = resize;
  const legacy = resize.is('Upsample') || resize.inputs.length <= 2;
  const coordinates = legacy ? 'asymmetric' : a.string('coordinate_transformation_mode', 'half_pixel');
  const rounding = legacy ? 'floor' : a.string('nearest_mode', 'round_prefer_floor');
  const grid = (coordinates === 'asymmetric' && rounding === 'floor') || (coordinates === 'half_pixel' && rounding.startsWith('round_prefer'));
  return a.string('mode', 'nearest') === 'nearest' && grid && factorsMatch(resize, legacy, block);
}

function factorsMatch(resize: Node, legacy: boolean, block: number): boolean {
  const scales = resize.attributes.floats('scales') ?? constantNumbers(resize.input(legacy ? 1 : 2));
  if (scales && scales.length > 0) return scales.join() === `1,1,${block},${block}`;
  const [from, to] = [resize.input(0)?.type.shape, resize.output()?.type.shape];
  return [2, 3].every((axis) => typeof from?.[axis] === 'number' && to?.[axis] === from[axis] * block);
}

function constantNumbers(value: Value | null): number[] | null {
  return value?.constant ? Array.from(value.constant.numbers()) : null;
}
