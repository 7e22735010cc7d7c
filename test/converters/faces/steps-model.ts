import type { AdapterStep, Layout } from '../../../converters/faces/index.ts';
import type { Dim } from '../../../models/graph/index.ts';
import { type ModelProto, Tensor } from '../../../models/onnx/index.ts';
import { buildModel, type NodeSpec } from '../../support/build-model.ts';

/** Where a chain of steps begins: element type, layout and sizes of an image. */
export interface Start {
  readonly dtype: 'float32' | 'uint8';
  readonly layout: Layout;
  readonly n: number;
  readonly c: number;
  readonly h: number;
  readonly w: number;
}

/** The steps as ONNX nodes, for ONNX Runtime to say what they mean; `tail` goes on from the last value. */
export function stepsModel(
  start: Start,
  steps: readonly AdapterStep[],
  tail?: (value: string, channels: number) => { nodes: NodeSpec[]; initializers: Record<string, Tensor> },
): ModelProto {
  const chain = new Chain(start);
  for (const step of steps) chain.add(step);
  const more = tail?.(chain.at, chain.c);
  const output = more ? (more.nodes.at(-1)?.[2][0] as string) : chain.at;
  return buildModel({
    inputs: { x: [start.dtype, dimsOf(start)] },
    outputs: { [output]: [more ? 'float32' : chain.dtype, [null, null, null, null] as Dim[]] },
    nodes: [...chain.nodes, ...(more?.nodes ?? [])],
    initializers: { ...chain.initializers, ...more?.initializers },
    opset: 17,
  });
}

export function dimsOf({ layout, n, c, h, w }: Start): number[] {
  return layout === 'NCHW' ? [n, c, h, w] : [n, h, w, c];
}

const OPERATORS = { multiply: 'Mul', divide: 'Div', add: 'Add', subtract: 'Sub' } as const;

class Chain {
  readonly nodes: NodeSpec[] = [];
  readonly initializers: Record<string, Tensor> = {};
  at = 'x';
  dtype: 'float32' | 'float16' | 'uint8';
  c: number;
  #layout: Layout;
  #count = 0;

  constructor({ dtype, layout, c }: Start) {
    this.dtype = dtype;
    this.c = c;
    this.#layout = layout;
  }

  add(step: AdapterStep): void {
    if (step.kind === 'layout') {
      this.#layout = step.to;
      this.#node('Transpose', [], { perm: step.to === 'NHWC' ? [0, 2, 3, 1] : [0, 3, 1, 2] });
    } else if (step.kind === 'unshuffle') this.#planar(() => this.#unshuffle(step.block, step.order));
    else if (step.kind === 'shuffle') {
      this.#planar(() => this.#node('DepthToSpace', [], { blocksize: step.block, mode: step.order }));
      this.c /= step.block * step.block;
    } else if (step.kind === 'gatherChannels') {
      this.#node('Gather', [this.#constant(Tensor.of('int64', [step.indices.length], step.indices))], { axis: this.#axis });
      this.c = step.indices.length;
    } else if (step.kind === 'arithmetic') {
      this.#node(OPERATORS[step.op], [this.#constant(Tensor.of('float32', this.#along(step.values.length), step.values))]);
    } else if (step.kind === 'clip') {
      this.#node(
        'Clip',
        [step.min, step.max].map((bound) => (bound === null ? '' : this.#constant(Tensor.of('float32', [], [bound])))),
      );
    } else if (step.kind === 'round') this.#node('Round', []);
    else if (step.kind === 'cast') this.#cast(step.to);
    else this.#planar(() => this.#repeat(step.factor));
  }

  #repeat(factor: number): void {
    this.#node('Resize', ['', this.#constant(Tensor.of('float32', [4], [1, 1, factor, factor]))], {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    });
  }

  get #axis(): number {
    return this.#layout === 'NCHW' ? 1 : 3;
  }

  #along(count: number): number[] {
    return count === 1 ? [] : this.#layout === 'NCHW' ? [count, 1, 1] : [count];
  }

  /** float16 values are widened again at once: the steps compute in float32. */
  #cast(to: 'float32' | 'float16' | 'uint8'): void {
    this.#node('Cast', [], { to: { float32: 1, uint8: 2, float16: 10 }[to] });
    this.dtype = to;
    if (to !== 'float16') return;
    this.#node('Cast', [], { to: 1 });
    this.dtype = 'float32';
  }

  #unshuffle(block: number, order: 'CRD' | 'DCR'): void {
    this.#node('SpaceToDepth', [], { blocksize: block });
    const blocks = block * block;
    const { c } = this;
    this.c *= blocks;
    if (order === 'DCR') return;
    const indices = Array.from({ length: c * blocks }, (_, k) => (k % blocks) * c + Math.floor(k / blocks));
    this.#node('Gather', [this.#constant(Tensor.of('int64', [indices.length], indices))], { axis: 1 });
  }

  #planar(build: () => void): void {
    const interleaved = this.#layout === 'NHWC';
    if (interleaved) this.#node('Transpose', [], { perm: [0, 3, 1, 2] });
    build();
    if (interleaved) this.#node('Transpose', [], { perm: [0, 2, 3, 1] });
  }

  #constant(tensor: Tensor): string {
    const name = `k${this.#count++}`;
    this.initializers[name] = tensor;
    return name;
  }

  #node(opType: string, operands: readonly string[], attributes: NodeSpec[3] = {}): void {
    const output = `v${this.#count++}`;
    this.nodes.push([opType, [this.at, ...operands], [output], attributes, { name: output }]);
    this.at = output;
  }
}
