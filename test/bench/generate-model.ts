import { randomFillSync } from 'node:crypto';
import { type ModelProto, Tensor } from '../../models/onnx/index.ts';
import { Prng } from '../../models/run/prng.ts';
import { buildModel, type NodeSpec } from '../support/build-model.ts';

const BLOCKS = 171;
const CHANNELS = 48;

/**
 * A ×2 super-resolution network of 4,966 nodes and 29 MB as PyTorch's exporter writes such networks, the same bytes on every machine:
 * residual blocks of convolutions, an exact GELU in five steps, and channel attention whose views carry their Shape, Gather and Concat
 * along; a six-dimensional pixel shuffle at the end.
 */
export function deepModel(): ModelProto {
  const writer = new Writer();
  let x = writer.conv('/head/Conv', 'input', 3, CHANNELS);
  for (let block = 0; block < BLOCKS; block++) x = writer.residualBlock(`/body/body.${block}`, x);
  writer.pixelShuffle('/up', writer.conv('/tail/Conv', x, CHANNELS, 12));
  return buildModel({
    inputs: { input: ['float32', [1, 3, 64, 64]] }, outputs: { output: ['float32', [1, 3, 128, 128]] },
    nodes: writer.nodes, initializers: writer.initializers,
  });
}

class Writer {
  readonly nodes: NodeSpec[] = [];
  readonly initializers: Record<string, Tensor> = {};
  readonly #random = new Prng(20_261_121);

  residualBlock(scope: string, input: string): string {
    const active = this.#gelu(`${scope}/act`, this.conv(`${scope}/conv1/Conv`, input, CHANNELS, CHANNELS));
    const features = this.conv(`${scope}/conv2/Conv`, active, CHANNELS, CHANNELS);
    const weights = this.#node(`${scope}/att/Sigmoid`, 'Sigmoid', [this.#pooled(`${scope}/att`, features)]);
    return this.#node(`${scope}/Add`, 'Add', [this.#node(`${scope}/Mul`, 'Mul', [features, weights]), input]);
  }

  conv(name: string, input: string, from: number, to: number): string {
    const [weight, bias] = [`${name}.weight`, `${name}.bias`];
    const scale = Math.sqrt(1 / (from * 9));
    this.initializers[weight] = Tensor.of('float32', [to, from, 3, 3], Float32Array.from({ length: to * from * 9 }, () => scale * this.#random.normal()));
    this.initializers[bias] = Tensor.of('float32', [to], Float32Array.from({ length: to }, () => 0.01 * this.#random.normal()));
    return this.#node(name, 'Conv', [input, weight, bias], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1], dilations: [1, 1], group: 1 });
  }

  pixelShuffle(scope: string, input: string): void {
    const six = this.#node(`${scope}/Reshape`, 'Reshape', [input, this.#constant(`${scope}/Constant`, 'int64', [6], [1, 3, 2, 2, 64, 64])]);
    const moved = this.#node(`${scope}/Transpose`, 'Transpose', [six], { perm: [0, 1, 4, 2, 5, 3] });
    const shape = this.#constant(`${scope}/Constant_1`, 'int64', [4], [1, 3, 128, 128]);
    this.nodes.push(['Reshape', [moved, shape], ['output'], {}, { name: `${scope}/Reshape_1` }]);
  }

  /** x · (erf(x / √2) + 1) · ½ */
  #gelu(scope: string, x: string): string {
    const scaled = this.#node(`${scope}/Div`, 'Div', [x, this.#scalar(`${scope}/Constant`, Math.SQRT2)]);
    const raised = this.#node(`${scope}/Add`, 'Add', [this.#node(`${scope}/Erf`, 'Erf', [scaled]), this.#scalar(`${scope}/Constant_1`, 1)]);
    return this.#node(`${scope}/Mul_1`, 'Mul', [this.#node(`${scope}/Mul`, 'Mul', [x, raised]), this.#scalar(`${scope}/Constant_2`, 0.5)]);
  }

  /** Means over `x.view(x.shape[0], x.shape[1], -1)`, as [N, C, 1, 1]. */
  #pooled(scope: string, x: string): string {
    const sizes = [0, 1].map((axis) => {
      const shape = this.#node(`${scope}/Shape_${axis}`, 'Shape', [x]);
      const size = this.#node(`${scope}/Gather_${axis}`, 'Gather', [shape, this.#constant(`${scope}/index_${axis}`, 'int64', [], [axis])], { axis: 0 });
      return this.#node(`${scope}/Unsqueeze_${axis}`, 'Unsqueeze', [size, this.#constant(`${scope}/axes_${axis}`, 'int64', [1], [0])]);
    });
    const view = this.#node(`${scope}/Concat`, 'Concat', [...sizes, this.#constant(`${scope}/rest`, 'int64', [1], [-1])], { axis: 0 });
    const mean = this.#node(`${scope}/ReduceMean`, 'ReduceMean', [this.#node(`${scope}/Reshape`, 'Reshape', [x, view])], { axes: [2], keepdims: 1 });
    return this.#node(`${scope}/Reshape_1`, 'Reshape', [mean, this.#constant(`${scope}/shape`, 'int64', [4], [0, 0, 1, 1])]);
  }

  #scalar(name: string, value: number): string {
    return this.#constant(name, 'float32', [], [value]);
  }

  #constant(name: string, dtype: 'float32' | 'int64', dims: readonly number[], values: readonly number[]): string {
    return this.#node(name, 'Constant', [], { value: Tensor.of(dtype, dims, values) });
  }

  #node(name: string, opType: string, inputs: readonly string[], attributes: NodeSpec[3] = {}): string {
    this.nodes.push([opType, inputs, [`${name}_output_0`], attributes, { name }]);
    return `${name}_output_0`;
  }
}

const TENSOR_BYTES = 64 * 2 ** 20;

/**
 * Matrices of 64 MiB in a row, as many as `gigabytes` (1e9 bytes) hold, and a small tensor `bias` beside them. One random block stands
 * for the data of each; they share it in memory, a file holds every one.
 */
export function largeModel(gigabytes: number): ModelProto {
  const rawData = randomFillSync(new Uint8Array(TENSOR_BYTES));
  const count = Math.round((gigabytes * 1e9) / TENSOR_BYTES);
  const names = Array.from({ length: count }, (_, i) => `w${i}`);
  const initializer = [
    ...names.map((name) => ({ name, dataType: 1, dims: [4096, 4096], rawData })),
    { name: 'bias', dataType: 1, dims: [4096], rawData: rawData.slice(0, 16_384) },
  ];
  const node = names.map((name, i) => ({
    opType: 'MatMul',
    name: `matmul_${i}`,
    input: [i === 0 ? 'x' : `y${i - 1}`, name],
    output: [`y${i}`],
  }));
  const value = (name: string) => ({ name, type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 1 }, { dimValue: 4096 }] } } } });
  return {
    irVersion: 8,
    opsetImport: [{ version: 17 }],
    graph: { name: 'large', node, initializer, input: [value('x')], output: [value(`y${count - 1}`)] },
  };
}
