import type { DType } from '../../contracts/dtype.ts';
import { type AttributeValue, attributeProtos } from '../../graph/attributes.ts';
import { writeType } from '../../graph/type-proto.ts';
import type { Dim } from '../../graph/types.ts';
import type { ModelProto, NodeProto, TensorProto, ValueInfoProto } from '../../onnx/proto.ts';
import { Tensor } from '../../onnx/tensor.ts';
import type { Weights } from './weights.ts';

/** A value of a network that is being traced; null dimensions are open. */
export interface Traced {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | null)[];
}

interface Parameter {
  readonly name: string;
  readonly dims: readonly number[];
  /** Trained numbers that the values are made of. */
  readonly trained: number;
  readonly values: () => Float64Array;
}

export interface TraceOptions {
  /** Version of ai.onnx. */
  readonly opset: number;
  readonly weights: Weights;
}

/**
 * Records a network as PyTorch's TorchScript exporter writes it: a node is named after the modules around it (`/cnn/cnn.0/Conv`), its output
 * after the node, parameters as in the state dictionary, and small constants are Constant nodes. Parameters are drawn when the model is
 * made, so that counting them costs nothing.
 */
export class Trace {
  readonly opset: number;
  readonly weights: Weights;
  readonly #nodes: NodeProto[] = [];
  readonly #inputs: ValueInfoProto[] = [];
  readonly #parameters: Parameter[] = [];
  readonly #counts = new Map<string, number>();
  /** Modules around what is recorded now, outermost first, and the last one's path in the state dictionary. */
  #scopes: readonly string[] = [];
  #path = '';

  constructor({ opset, weights }: TraceOptions) {
    this.opset = opset;
    this.weights = weights;
  }

  /** Trained numbers in all parameters recorded so far. */
  get parameterCount(): number {
    return this.#parameters.reduce((sum, { trained }) => sum + trained, 0);
  }

  input(name: string, dtype: DType, shape: readonly (number | null)[], dims: readonly Dim[] = shape): Traced {
    this.#inputs.push({ name, type: writeType({ kind: 'tensor', dtype, shape: dims }) });
    return { name, dtype, shape };
  }

  /**
   * Records `work` as done by the module `label`: `conv1`, or for an item of a Sequential or ModuleList its list too (`body.0`). A module
   * that is used again gets a number in the names of nodes.
   */
  within<T>(label: string, work: () => T): T {
    const [scopes, path] = [this.#scopes, this.#path];
    const parent = scopes.at(-1);
    const isItem = parent !== undefined && label.startsWith(`${parent}.`);
    this.#scopes = [...scopes, this.#numbered(['', ...scopes].join('/'), label)];
    this.#path = isItem ? path + label.slice(parent.length) : path === '' ? label : `${path}.${label}`;
    try {
      return work();
    } finally {
      [this.#scopes, this.#path] = [scopes, path];
    }
  }

  /** A float parameter of the current module, uniform in [low, high) where it is random. */
  parameter(name: string, dims: readonly number[], low: number, high: number): Traced {
    const full = this.path(name);
    return this.derived(name, dims, () => this.weights.draw(full, dims, low, high));
  }

  /** A float parameter of the current module whose values are computed, from `trained` numbers where those are not its own. */
  derived(name: string, dims: readonly number[], values: () => Float64Array, trained = dims.reduce((a, b) => a * b, 1)): Traced {
    const full = this.path(name);
    this.#parameters.push({ name: full, dims, trained, values });
    return { name: full, dtype: 'float32', shape: dims };
  }

  /** Path of one of the current module's parameters in the state dictionary. */
  path(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }

  constant(tensor: Tensor): Traced {
    return this.op('Constant', [], tensor.dims, { value: tensor }, tensor.dtype);
  }

  scalar(value: number): Traced {
    return this.constant(Tensor.of('float32', [], [value]));
  }

  integers(values: readonly number[]): Traced {
    return this.constant(Tensor.of('int64', [values.length], values.map(BigInt)));
  }

  /** One node with one output; the element type is the first input's unless told. */
  op(
    opType: string, inputs: readonly Traced[], shape: readonly (number | null)[],
    attributes: Readonly<Record<string, AttributeValue | undefined>> = {}, dtype = inputs[0]?.dtype ?? 'float32',
  ): Traced {
    const scope = ['', ...this.#scopes].join('/');
    const name = `${scope}/${this.#numbered(scope, opType)}`;
    const output = `${name}_output_0`;
    this.#nodes.push({ name, opType, input: inputs.map((value) => value.name), output: [output], attribute: attributeProtos(attributes) });
    return { name: output, dtype, shape };
  }

  /** The model whose output is `result`, which some node computed, under the name `output`. */
  toModel(result: Traced, dims: readonly Dim[], metadata: Readonly<Record<string, string>>): ModelProto {
    const named = (name: string): string => (name === result.name ? 'output' : name);
    return {
      irVersion: irVersionOf(this.opset),
      producerName: 'npu-dyno',
      opsetImport: [{ domain: '', version: this.opset }],
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      graph: {
        name: 'main_graph',
        node: this.#nodes.map((node) => ({ ...node, input: (node.input ?? []).map(named), output: (node.output ?? []).map(named) })),
        initializer: this.#parameters.map(initializer),
        input: this.#inputs,
        output: [{ name: 'output', type: writeType({ kind: 'tensor', dtype: result.dtype, shape: dims }) }],
      },
    };
  }

  /** `name` within a scope, with a number behind it from the second time on. */
  #numbered(scope: string, name: string): string {
    const key = `${scope}/${name}`;
    const count = this.#counts.get(key) ?? 0;
    this.#counts.set(key, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  }
}

function initializer({ name, dims, values }: Parameter): TensorProto {
  return Tensor.of('float32', dims, values()).toProto(name);
}

/** The version that PyTorch writes with an operator set: the one of the ONNX release that brought it. */
function irVersionOf(opset: number): number {
  if (opset < 11) return 5;
  if (opset < 12) return 6;
  if (opset < 15) return 7;
  return opset < 19 ? 8 : 9;
}
