import type { DType } from '../../../../models/contracts/index.ts';
import { type ModelProto, Tensor } from '../../../../models/onnx/index.ts';
import { Prng } from '../../../../models/run/prng.ts';
import { buildModel, type NodeSpec } from '../../../support/build-model.ts';

/** A value [N, channels, H, W] of the network under construction. */
interface Live {
  readonly name: string;
  readonly channels: number;
}

const H = 5;
const W = 6;
const N = 2;
const EXTREMES = [Number.NaN, Number.POSITIVE_INFINITY, -0, 100, 6e-8];

/** A seeded network of convolutions, activations, branches and channel shuffles that ends in a DepthToSpace. Input `x` [2, 3, 5, 6]. */
export function randomNetwork(seed: number, mode: 'CRD' | 'DCR'): ModelProto {
  return new Network(seed).build(mode);
}

class Network {
  readonly #random: Prng;
  readonly #nodes: NodeSpec[] = [];
  readonly #constants: Record<string, Tensor> = {};
  readonly #outputs: Record<string, [DType, null]> = {};
  readonly #live: Live[] = [];
  readonly #opset: number;
  readonly #dtype: 'float32' | 'float16';
  readonly #wild: boolean;
  #named = 0;

  constructor(seed: number) {
    this.#random = new Prng(seed);
    this.#opset = 11 + this.#random.below(10);
    this.#dtype = this.#random.below(6) === 0 ? 'float16' : 'float32';
    this.#wild = this.#random.below(8) === 0;
  }

  build(mode: string): ModelProto {
    const random = this.#random;
    this.#live.push(this.#conv({ name: 'x', channels: 3 }, 12));
    for (let step = 2 + random.below(8); step > 0; step--) this.#live.push(this.#step());
    const block = 2 + random.below(2);
    const colours = 1 + random.below(3);
    let last = this.#pick();
    if (last.channels % (block * block) !== 0 || random.below(3) > 0) last = this.#conv(last, colours * block * block);
    this.#live.push(last);
    for (let step = random.below(4); step > 0; step--) last = this.#entrywise(last);
    if (random.below(3) === 0) last = this.#emit('Add', [last, this.#conv(this.#pick(), last.channels)]);
    this.#emit('DepthToSpace', [last], { blocksize: block, mode }, 'y');
    this.#outputs.y = [this.#dtype, null];
    return buildModel({
      inputs: { x: [this.#dtype, [N, 3, H, W]] },
      outputs: this.#outputs,
      nodes: this.#nodes,
      initializers: this.#constants,
      opset: this.#opset,
    });
  }

  #step(): Live {
    const one = this.#pick();
    switch (this.#random.below(14)) {
      case 0:
      case 1:
      case 2:
        return this.#conv(one, [6, 8, 12, 18][this.#random.below(4)] as number);
      case 3:
      case 4:
      case 5:
        return this.#entrywise(one);
      case 6:
        return this.#emit(this.#word('Add', 'Mul', 'Max', 'Sub'), [one, this.#conv(this.#pick(), one.channels)]);
      case 7:
        return this.#concat(one, this.#pick());
      case 8:
        return this.#half(one);
      case 9:
        return this.#gather(one);
      case 10:
        return this.#squeezeAndExcite(one);
      case 11:
        return this.#tokens(one);
      case 12:
        return this.#flat(one);
      default:
        return this.#rare(one);
    }
  }

  #conv(from: Live, channels: number): Live {
    const random = this.#random;
    const divisors = [1, 1, 1, 2, 3, 4, 6, from.channels].filter((g) => from.channels % g === 0 && channels % g === 0);
    const group = divisors[random.below(divisors.length)] as number;
    const kernel = [1 + random.below(3), 1 + random.below(3)];
    const dilations = [1 + random.below(2), 1 + random.below(2)];
    const total = kernel.map((k, i) => (dilations[i] as number) * (k - 1));
    const begin = total.map((t) => random.below(t + 1));
    const pads = [...begin, ...total.map((t, i) => t - (begin[i] as number))];
    const transposed = random.below(6) === 0;
    const dims = transposed ? [from.channels, channels / group, ...kernel] : [channels, from.channels / group, ...kernel];
    const weights = this.#shared(dims) ?? this.#constant(dims, 0.5);
    const bias = this.#word('none', 'empty', 'bias', 'bias');
    const inputs = [from.name, weights, ...(bias === 'none' ? [] : [bias === 'empty' ? '' : this.#constant([channels], 1)])];
    return this.#emit(transposed ? 'ConvTranspose' : 'Conv', inputs, { group, kernel_shape: kernel, dilations, pads }, undefined, channels);
  }

  #shared(dims: readonly number[]): string | null {
    if (this.#random.below(4) > 0) return null;
    return Object.entries(this.#constants).find(([, t]) => t.dims.join() === dims.join())?.[0] ?? null;
  }

  #entrywise(from: Live): Live {
    const c = from.channels;
    const shape = (): number[] => [[c, 1, 1], [1, c, 1, 1], [], [1], [1, 1, W]][this.#random.below(5)] as number[];
    switch (this.#random.below(9)) {
      case 0:
        return this.#emit('PRelu', [from, this.#constant(this.#random.below(3) === 0 ? [1] : [c, 1, 1], 0.5)]);
      case 1:
        return this.#emit('BatchNormalization', [from, ...[1, 1, 1].map(() => this.#constant([c], 1)), this.#constant([c], 1, true)]);
      case 2:
        return this.#emit('LeakyRelu', [from], { alpha: { float: 0.1 } });
      case 3:
        return this.#emit('Clip', [from, this.#constant([], 0.1), ''], {});
      case 4:
        return this.#emit(this.#word('Mul', 'Add', 'Sub'), [from, this.#constant(shape(), 1)]);
      case 5:
        return this.#emit('Sub', [this.#constant(shape(), 1), from], {}, undefined, c);
      case 6:
        return this.#emit('AveragePool', [from], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
      case 7:
        return this.#emit('InstanceNormalization', [from, this.#constant([c], 1), this.#constant([c], 1)]);
      default:
        return this.#emit(this.#word('Relu', 'Sigmoid', 'Tanh', 'Identity', 'Softplus'), [from]);
    }
  }

  #concat(one: Live, two: Live): Live {
    return this.#emit('Concat', [one, two], { axis: this.#random.below(2) ? 1 : -3 }, undefined, one.channels + two.channels);
  }

  #half(from: Live): Live {
    const half = Math.floor(from.channels / 2);
    if (from.channels % 2 === 0 && this.#opset < 18 && this.#random.below(2)) {
      const [a, b] = [this.#name(), this.#name()];
      this.#nodes.push(['Split', [from.name], [a, b], { axis: 1 }, { name: a }]);
      return this.#concat({ name: b, channels: half }, { name: a, channels: half });
    }
    const ints = (...v: number[]): string => this.#raw(Tensor.of('int64', [v.length], v));
    return this.#emit('Slice', [from.name, ints(0), ints(half), ints(1)], {}, undefined, half);
  }

  #gather(from: Live): Live {
    const order = this.#random.shuffle(Array.from({ length: from.channels }, (_, k) => k));
    return this.#emit('Gather', [from, this.#raw(Tensor.of('int64', [from.channels], order))], { axis: 1 });
  }

  #squeezeAndExcite(from: Live): Live {
    const pooled = this.#emit('GlobalAveragePool', [from]);
    const weights = this.#constant([from.channels, from.channels, 1, 1], 0.5);
    return this.#emit('Mul', [from, this.#emit('Sigmoid', [this.#emit('Conv', [pooled, weights])])]);
  }

  #tokens(from: Live): Live {
    const c = from.channels;
    const last = this.#emit('Transpose', [from], { perm: [0, 2, 3, 1] });
    const product = this.#emit('MatMul', [last, this.#constant([c, c], 0.5)]);
    const biased = this.#emit('Add', [product, this.#constant([c], 1)]);
    const inner = this.#opset >= 17 ? this.#emit('LayerNormalization', [biased, this.#constant([c], 1), this.#constant([c], 1)]) : biased;
    return this.#emit('Transpose', [inner], { perm: [0, 3, 1, 2] });
  }

  #flat(from: Live): Live {
    const c = from.channels;
    const to = (...v: number[]): string => this.#raw(Tensor.of('int64', [v.length], v));
    const flat = this.#emit('Reshape', [from, this.#random.below(2) ? to(0, 0, -1) : to(N, 1, c * H * W)]);
    return this.#emit('Reshape', [this.#emit('Relu', [flat]), to(N, c, H, W)]);
  }

  /** Things that stand in the way: an output of the graph, channels that depend on each other. */
  #rare(from: Live): Live {
    if (this.#random.below(2)) return this.#emit('Softmax', [from], { axis: 1 });
    const seen = this.#emit('Relu', [from]);
    this.#outputs[seen.name] = [this.#dtype, null];
    return seen;
  }

  #emit(op: string, inputs: readonly (Live | string)[], attributes: NodeSpec[3] = {}, name = this.#name(), channels?: number): Live {
    const [first] = inputs;
    this.#nodes.push([op, inputs.map((i) => (typeof i === 'string' ? i : i.name)), [name], attributes, { name }]);
    return { name, channels: channels ?? (typeof first === 'object' ? first.channels : 0) };
  }

  #constant(dims: readonly number[], scale: number, positive = false): string {
    const value = (): number => {
      if (this.#wild && this.#random.below(40) === 0) return EXTREMES[this.#random.below(EXTREMES.length)] as number;
      const normal = this.#random.normal() * scale;
      return positive ? Math.abs(normal) + 0.1 : normal;
    };
    return this.#raw(Tensor.of(this.#dtype, dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, value)));
  }

  /** A Constant node now and then, an initializer else. */
  #raw(tensor: Tensor): string {
    const name = `c${this.#nodes.length}_${Object.keys(this.#constants).length}`;
    if (this.#random.below(5) > 0) this.#constants[name] = tensor;
    else this.#nodes.push(['Constant', [], [name], { value: tensor }, { name }]);
    return name;
  }

  #name(): string {
    return `v${this.#named++}`;
  }

  #pick(): Live {
    return this.#live[this.#random.below(this.#live.length)] as Live;
  }

  #word<T>(...words: T[]): T {
    return words[this.#random.below(words.length)] as T;
  }
}
