import { type AttributeValue, attributeProtos } from '../../../models/graph/index.ts';
import { writeType } from '../../../models/graph/type-proto.ts';
import { type ModelProto, Tensor } from '../../../models/onnx/index.ts';
import type { ConvertOptions } from '../options.ts';
import type { FlexibleShape } from '../plan.ts';

/** A network of a few operators that puts one question to a device. */
export interface ProbeNetwork {
  /** Sizes of each input; text leaves one open. */
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>;
  readonly nodes: readonly ProbeNode[];
  /** Element type of the inputs and the output; float32 unless told. */
  readonly dtype?: 'float32' | 'int32';
  /** Inputs are drawn from ±`magnitude`; 1 unless told. */
  readonly magnitude?: number;
  readonly opset?: number;
}

/** An operator on `$`, the result of the one before (the first input at the beginning), on inputs by name, and on constants. */
export interface ProbeNode {
  readonly op: string;
  readonly inputs?: readonly (string | Tensor)[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

/**
 * What shows whether the rule is right. `placement`: the compute plan does not offer the Neural Engine for `watch`, and does for the control.
 * `time`: the control is faster at the same work. `output`: what comes out differs from the stored output, and for the control it does not.
 */
export type ProbeQuestion = 'placement' | 'time' | 'output';

export interface Probe {
  readonly rule: string;
  readonly asks: ProbeQuestion;
  /** Operation of MIL that is looked at, and in the control, where that is another one. */
  readonly watch: string;
  readonly controlWatch?: string;
  /** Breaks the rule. */
  readonly probe: ProbeNetwork;
  /** The nearest that does not. */
  readonly control: ProbeNetwork;
  /** A chip that the rule speaks of; A15 unless told. */
  readonly chip?: string;
  /** Of the probe, and of the control. */
  readonly options?: Partial<ConvertOptions>;
  readonly controlOptions?: Partial<ConvertOptions>;
  readonly flexible?: FlexibleShape;
}

/** Constants like weights: deterministic, none alike, within ±0.5. */
export function weights(...dims: readonly number[]): Tensor {
  return Tensor.of('float32', dims, Float64Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1 + i * 1.61803) / 2));
}

export function integers(...values: readonly number[]): Tensor {
  return Tensor.of('int64', [values.length], values);
}

export function scalar(value: number): Tensor {
  return Tensor.of('float32', [], [value]);
}

/** The network as a model whose output is called `y`. */
export function probeModel({ inputs, nodes, dtype = 'float32', opset = 17 }: ProbeNetwork): ModelProto {
  const initializer: ReturnType<Tensor['toProto']>[] = [];
  let value = Object.keys(inputs)[0] as string;
  const node = nodes.map(({ op, inputs: taken = ['$'], attributes = {} }, i) => {
    const input = taken.map((one) => {
      if (typeof one === 'string') return one === '$' ? value : one;
      initializer.push(one.toProto(`c${initializer.length}`));
      return `c${initializer.length - 1}`;
    });
    value = i === nodes.length - 1 ? 'y' : `v${i}`;
    return { name: `${op}_${i}`, opType: op, input, output: [value], attribute: attributeProtos(attributes) };
  });
  const input = Object.entries(inputs).map(([name, dims]) => ({ name, type: writeType({ kind: 'tensor', dtype, shape: [...dims] }) }));
  const output = [{ name: 'y', type: writeType({ kind: 'tensor', dtype: outputType(nodes.at(-1)?.op, dtype), shape: null }) }];
  return { irVersion: 8, opsetImport: [{ domain: '', version: opset }], graph: { name: 'probe', node, initializer, input, output } };
}

function outputType(op: string | undefined, dtype: 'float32' | 'int32'): 'float32' | 'int32' | 'int64' {
  return op === 'ArgMax' ? 'int64' : dtype;
}
