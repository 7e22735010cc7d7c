import type { DType } from '../../../../../models/contracts/index.ts';
import type { AttributeValue, Dim } from '../../../../../models/graph/index.ts';
import { Tensor } from '../../../../../models/onnx/index.ts';
import { Prng, seedOf } from '../../../../../models/run/prng.ts';
import type { ModelSpec, NodeSpec } from '../../../../support/build-model.ts';

/** One point of the operator grid: a small model, what it is fed, and whether Core ML has no form of it. */
export interface GridCase {
  readonly name: string;
  readonly spec: ModelSpec;
  /** Range of the values fed, by input. */
  readonly ranges: Readonly<Record<string, readonly [number, number]>>;
  /** Least system that has it; below, it is refused. */
  readonly since?: 15 | 16 | 17 | 18;
  /** It must be refused, with a reason like this. */
  readonly refused?: RegExp;
  /** Lowered without leave to change types. */
  readonly strict?: boolean;
}

export interface CaseOptions {
  readonly opset?: number;
  readonly ranges?: Readonly<Record<string, readonly [number, number]>>;
  readonly refused?: RegExp;
  readonly since?: 15 | 16 | 17 | 18;
  readonly strict?: boolean;
  /** Element type of the outputs; that of the first input unless told. */
  readonly out?: DType;
  readonly outputs?: number;
  readonly constants?: Readonly<Record<string, Tensor>>;
}

export type Shape = readonly Dim[];

/** A model of one node. Inputs are float32 shapes, `[dtype, shape]`, tensors (constants), or '' for one that is left out. */
export function one(
  opType: string, label: string, inputs: readonly (Shape | readonly [DType, Shape] | Tensor | '')[], attributes: Readonly<Record<string, AttributeValue>> = {}, options: CaseOptions = {},
): GridCase {
  const faces: Record<string, readonly [DType, Shape]> = {};
  const initializers: Record<string, Tensor> = { ...options.constants };
  const names = inputs.map((input, i) => {
    if (input === '') return '';
    const name = `x${i}`;
    if (input instanceof Tensor) initializers[name] = input;
    else faces[name] = isTyped(input) ? input : ['float32', input];
    return name;
  });
  const outputs = Array.from({ length: options.outputs ?? 1 }, (_, i) => `y${i}`);
  const dtype = options.out ?? Object.values(faces)[0]?.[0] ?? 'float32';
  return graph(`${opType} ${label}`, faces, [[opType, names, outputs, attributes]], Object.fromEntries(outputs.map((name) => [name, [dtype, null]])), { ...options, constants: initializers });
}

/** A model of several nodes. */
export function graph(
  name: string, inputs: Readonly<Record<string, readonly [DType, Shape]>>, nodes: readonly NodeSpec[], outputs: ModelSpec['outputs'], options: CaseOptions = {},
): GridCase {
  return {
    name,
    spec: { opset: options.opset ?? 18, inputs, nodes, outputs, initializers: options.constants ?? {} },
    ranges: options.ranges ?? {},
    ...(options.refused ? { refused: options.refused } : {}),
    ...(options.since ? { since: options.since } : {}),
    ...(options.strict ? { strict: true } : {}),
  };
}

/** Constant numbers that depend on the shape and a salt only, spread over [−1, 1] or the range given. */
export function random(dims: readonly number[], salt: string, [low, high]: readonly [number, number] = [-1, 1]): Tensor {
  const prng = new Prng(seedOf(`${salt}/${dims.join('x')}`));
  return Tensor.of('float32', dims, Float64Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => low + (high - low) * prng.uniform()));
}

export const int64s = (...values: readonly number[]): Tensor => Tensor.of('int64', [values.length], values.map(BigInt));
export const scalar = (value: number, dtype: DType = 'float32'): Tensor => Tensor.of(dtype, [], [value]);

function isTyped(input: Shape | readonly [DType, Shape]): input is readonly [DType, Shape] {
  return Array.isArray(input[1]);
}
