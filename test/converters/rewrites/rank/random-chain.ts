import { type ModelProto, Tensor } from '../../../../models/onnx/index.ts';
import { buildModel, type NodeSpec } from '../../../support/build-model.ts';

/** mulberry32: the same numbers for the same seed. */
function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}

const OPSETS = [7, 9, 10, 11, 12, 13, 14, 17, 20];
const SIZES = [1, 1, 2, 2, 3, 4, 5, 6];

interface RandomChain {
  readonly model: ModelProto;
  readonly dims: readonly number[];
  readonly opset: number;
}

/**
 * A chain of data movement and elementwise steps in any spelling; some values inside have further uses or are graph outputs.
 * `open`: the model states some sizes of its input as symbols or not at all; `dims` are sizes that fit.
 */
export function randomChain(seed: number, open = false): RandomChain {
  const random = seeded(seed);
  const chain = new Chain(random, OPSETS[random(OPSETS.length)] as number);
  const length = 2 + random(9);
  for (let i = 0; i < length; i++) {
    const kinds = Object.keys(STEPS);
    STEPS[kinds[random(kinds.length)] as string]?.(chain, random);
    if (random(12) === 0) chain.look(random);
  }
  if (chain.nodes.length === 0) chain.add('Identity', {}, chain.dims);
  chain.outputs[chain.value] = ['float32', null];
  const { opset, nodes, initializers, outputs, start } = chain;
  const stated = start.map((dim, axis) => (open && random(2) === 0 ? (random(3) === 0 ? null : `d${axis}`) : dim));
  return { model: buildModel({ inputs: { x: ['float32', stated] }, outputs, nodes, initializers, opset }), dims: start, opset };
}

type Random = (below: number) => number;

class Chain {
  readonly opset: number;
  readonly start: readonly number[];
  readonly nodes: NodeSpec[] = [];
  readonly initializers: Record<string, Tensor> = {};
  readonly outputs: Record<string, readonly ['float32', null]> = {};
  dims: readonly number[];
  value = 'x';

  constructor(random: Random, opset: number) {
    this.opset = opset;
    let dims: number[];
    do dims = Array.from({ length: 1 + random(5) }, () => SIZES[random(SIZES.length)] as number);
    while (product(dims) > 1500 || product(dims) < 4);
    this.start = this.dims = dims;
  }

  add(opType: string, attributes: NodeSpec[3], dims: readonly number[], constant?: Tensor): void {
    const at = this.nodes.length;
    if (constant) this.initializers[`c${at}`] = constant;
    this.nodes.push([opType, constant ? [this.value, `c${at}`] : [this.value], [`v${at}`], attributes ?? {}, { name: `n${at}` }]);
    this.value = `v${at}`;
    this.dims = dims;
  }

  /** Another use of the present value. */
  look(random: Random): void {
    if (this.value === 'x') return;
    if (random(2) === 0) this.outputs[this.value] = ['float32', null];
    else {
      const at = this.nodes.length;
      this.nodes.push([random(2) === 0 ? 'Abs' : 'Transpose', [this.value], [`side${at}`], {}, { name: `n${at}` }]);
      this.outputs[`side${at}`] = ['float32', null];
    }
  }
}

const STEPS: Readonly<Record<string, (chain: Chain, random: Random) => void>> = {
  reshape: (chain, random) => {
    const dims = regrouped(random, chain.dims);
    const shape = dims.map((dim, axis) => (dim === chain.dims[axis] && random(3) === 0 ? 0 : dim));
    if (random(2) === 0) shape[random(shape.length)] = -1;
    chain.add('Reshape', chain.opset >= 14 && random(3) === 0 && !shape.includes(0) ? { allowzero: 1 } : {}, dims, ints(shape));
  },
  regroup: (chain, random) => STEPS.reshape?.(chain, random),
  split: (chain, random) => {
    const dims = chain.dims.flatMap((dim) => (dim % 2 === 0 && random(2) === 0 ? [2, dim / 2] : dim % 3 === 0 && random(2) === 0 ? [dim / 3, 3] : [dim]));
    if (dims.length <= 8) chain.add('Reshape', {}, dims, ints(dims));
  },
  transpose: (chain, random) => {
    const perm = random(5) === 0 ? chain.dims.map((_, i) => chain.dims.length - 1 - i) : shuffled(random, chain.dims.length);
    chain.add('Transpose', perm.every((axis, i) => axis === perm.length - 1 - i) ? {} : { perm }, perm.map((axis) => chain.dims[axis] as number));
  },
  permute: (chain, random) => STEPS.transpose?.(chain, random),
  squeeze: (chain, random) => {
    const units = chain.dims.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
    if (units.length === 0 || units.length === chain.dims.length) return;
    const axes = random(3) === 0 ? null : units.filter((_, i) => i === 0 || random(2) === 0).map((axis) => (random(2) === 0 ? axis : axis - chain.dims.length));
    const gone = axes ? axes.map((axis) => (axis < 0 ? axis + chain.dims.length : axis)) : units;
    const dims = chain.dims.filter((_, axis) => !gone.includes(axis));
    if (axes && chain.opset < 11 && axes.some((axis) => axis < 0)) return;
    addAxes(chain, 'Squeeze', axes, dims);
  },
  unsqueeze: (chain, random) => {
    if (chain.dims.length > 6) return;
    const at = random(chain.dims.length + 1);
    addAxes(chain, 'Unsqueeze', [chain.opset >= 11 && random(2) === 0 ? at - chain.dims.length - 1 : at], [...chain.dims.slice(0, at), 1, ...chain.dims.slice(at)]);
  },
  flatten: (chain, random) => {
    const axis = random(chain.dims.length + 1);
    chain.add('Flatten', axis === 1 ? {} : { axis }, [product(chain.dims.slice(0, axis)), product(chain.dims.slice(axis))]);
  },
  identity: (chain) => chain.add('Identity', {}, chain.dims),
  depthToSpace: (chain, random) => {
    const [n, c, h, w] = chain.dims as [number, number, number, number];
    if (chain.dims.length !== 4 || c % 4 !== 0) return;
    const mode = chain.opset >= 11 && random(2) === 0 ? { mode: 'CRD' } : {};
    chain.add('DepthToSpace', { blocksize: 2, ...mode }, [n, c / 4, h * 2, w * 2]);
  },
  spaceToDepth: (chain) => {
    const [n, c, h, w] = chain.dims as [number, number, number, number];
    if (chain.dims.length === 4 && h % 2 === 0 && w % 2 === 0) chain.add('SpaceToDepth', { blocksize: 2 }, [n, c * 4, h / 2, w / 2]);
  },
  einsum: (chain, random) => {
    if (chain.opset < 12) return;
    const letters = 'abcdefgh'.slice(0, chain.dims.length);
    const perm = shuffled(random, chain.dims.length);
    chain.add('Einsum', { equation: `${letters} -> ${perm.map((axis) => letters[axis]).join('')}` }, perm.map((axis) => chain.dims[axis] as number));
  },
  repeat: (chain, random) => {
    const axis = chain.dims.indexOf(1);
    if (axis < 0 || product(chain.dims) > 500) return;
    const shape = chain.dims.map((_, at) => (at === axis ? 2 + random(2) : 1));
    chain.add(chain.opset >= 8 && random(2) === 0 ? 'Expand' : 'Tile', {}, chain.dims.map((dim, at) => dim * (shape[at] as number)), ints(shape));
  },
  unary: (chain, random) => chain.add(['Neg', 'Relu', 'Abs'][random(3)] as string, {}, chain.dims),
  scalar: (chain, random) => chain.add(random(2) === 0 ? 'Mul' : 'Add', {}, chain.dims, Tensor.of('float32', random(2) === 0 ? [] : chain.dims.map(() => 1), [2])),
  channels: (chain, random) => {
    const dims = chain.dims.slice(random(chain.dims.length)).map((dim) => (random(2) === 0 ? dim : 1));
    chain.add(random(2) === 0 ? 'Add' : 'Sub', {}, chain.dims, Tensor.of('float32', dims, Array.from({ length: product(dims) }, (_, i) => 7 * i)));
  },
};

/** Axes as an attribute up to opset 12, as an input from 13 on; null: absent. */
function addAxes(chain: Chain, opType: string, axes: readonly number[] | null, dims: readonly number[]): void {
  if (!axes || chain.opset < 13) chain.add(opType, axes ? { axes } : {}, dims);
  else chain.add(opType, {}, dims, ints(axes));
}

/** Any shape with the same number of elements: prime factors in a new grouping, with some unit axes. */
function regrouped(random: Random, dims: readonly number[]): number[] {
  const primes = dims.flatMap(factors);
  const out: number[] = [];
  for (const prime of primes) {
    if (out.length > 0 && (random(2) === 0 || out.length > 6)) out[out.length - 1] = (out.at(-1) as number) * prime;
    else out.push(prime);
    if (random(6) === 0 && out.length < 6) out.push(1);
  }
  return out.length > 0 ? out : [1];
}

function factors(value: number): number[] {
  for (let prime = 2; prime <= value; prime++) if (value % prime === 0) return [prime, ...factors(value / prime)];
  return [];
}

function product(dims: readonly number[]): number {
  return dims.reduce((a, b) => a * b, 1);
}

function shuffled(random: Random, n: number): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random(i + 1);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}

function ints(values: readonly number[]): Tensor {
  return Tensor.of('int64', [values.length], values);
}
