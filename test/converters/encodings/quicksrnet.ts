import { Tensor } from '../../../models/onnx/index.ts';
import { Prng } from '../../../models/run/index.ts';
import { buildModel, type NodeSpec } from '../../support/build-model.ts';
import type { ModelProto } from '../../../models/onnx/index.ts';

/**
 * QuickSRNet at ×1.5 as PyTorch exports it (sr-models.md §1.1): convolutions clipped to [0, 1], PixelUnshuffle(2) as Reshape, Transpose,
 * Reshape, a 1×1 convolution 4·nf → 27, with `anchor` (Large) a 3×3 convolution of stride 2 added, Clip, PixelShuffle(3).
 */
export function quickSrNet15({ features, layers, anchor }: { features: number; layers: number; anchor: boolean }): ModelProto {
  const prng = new Prng(15);
  const [height, width] = [12, 8];
  const weights: Record<string, Tensor> = { low: Tensor.of('float32', [], [0]), high: Tensor.of('float32', [], [1]) };
  const add = (name: string, ...dims: number[]): void => {
    const inputs = dims.slice(1).reduce((a, b) => a * b, 1);
    weights[`${name}.weight`] = Tensor.of(
      'float32',
      dims,
      Array.from({ length: (dims[0] as number) * inputs }, () => prng.normal() / Math.sqrt(inputs)),
    );
    weights[`${name}.bias`] = Tensor.of(
      'float32',
      [dims[0] as number],
      Array.from({ length: dims[0] as number }, () => 0.3 + prng.normal() * 0.1),
    );
  };
  const nodes: NodeSpec[] = [];
  const conv = (name: string, from: string, to: string, attributes: NonNullable<NodeSpec[3]>): void =>
    void nodes.push(['Conv', [from, `${name}.weight`, `${name}.bias`], [to], attributes, { name: `/${name}/Conv` }]);
  const clip = (from: string, to: string): void => void nodes.push(['Clip', [from, 'low', 'high'], [to]]);
  let at = 'input';
  for (let i = 0; i <= layers; i++) {
    const name = `cnn.${2 * i}`;
    add(name, features, i === 0 ? 3 : features, 3, 3);
    conv(name, at, `/${name}/out`, { pads: [1, 1, 1, 1] });
    clip(`/${name}/out`, `/act.${i}`);
    at = `/act.${i}`;
  }
  weights.six = Tensor.of('int64', [6], [-1, features, height / 2, 2, width / 2, 2]);
  weights.four = Tensor.of('int64', [4], [-1, 4 * features, height / 2, width / 2]);
  nodes.push(
    ['Reshape', [at, 'six'], ['/u/six']],
    ['Transpose', ['/u/six'], ['/u/turned'], { perm: [0, 1, 3, 5, 2, 4] }],
    ['Reshape', ['/u/turned', 'four'], ['/u/out']],
  );
  add('conv_last', 27, 4 * features, 1, 1);
  conv('conv_last', '/u/out', '/last', {});
  if (anchor) {
    add('anchor.net', 27, 3, 3, 3);
    conv('anchor.net', 'input', '/anchor', { pads: [1, 1, 1, 1], strides: [2, 2] });
    nodes.push(['Add', ['/last', '/anchor'], ['/sum']]);
  }
  clip(anchor ? '/sum' : '/last', '/clipped');
  nodes.push(['DepthToSpace', ['/clipped'], ['output'], { blocksize: 3, mode: 'CRD' }]);
  return buildModel({
    inputs: { input: ['float32', [1, 3, height, width]] },
    outputs: { output: ['float32', [1, 3, (height * 3) / 2, (width * 3) / 2]] },
    initializers: weights,
    nodes,
  });
}
