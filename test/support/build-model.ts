import type { DType } from '../../models/contracts/index.ts';
import { type AttributeValue, attributeProtos, type Dim } from '../../models/graph/index.ts';
import { writeType } from '../../models/graph/type-proto.ts';
import { onnx } from '../../models/onnx/generated/onnx-ml.js';
import type { AttributeProto, GraphProto, ModelProto, NodeProto, ValueInfoProto } from '../../models/onnx/index.ts';
import type { Tensor } from '../../models/onnx/index.ts';

/** `['float32', [1, 3, 'H', null]]`; a null shape leaves the rank open. */
export type ValueSpec = readonly [dtype: DType, dims: readonly Dim[] | null];

/** A subgraph as an attribute: `{ then_branch: { graph: buildGraph({…}) } }`. */
export type AttributeSpec = AttributeValue | { readonly graph: GraphProto };

/** `['Conv', ['x', 'w', ''], ['y'], { pads: [1, 1, 1, 1] }, { name: 'conv' }]`. */
export type NodeSpec = readonly [
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes?: Readonly<Record<string, AttributeSpec>>,
  more?: { readonly name?: string; readonly domain?: string },
];

export interface GraphSpec {
  readonly inputs: Readonly<Record<string, ValueSpec>>;
  readonly outputs: Readonly<Record<string, ValueSpec>>;
  readonly nodes: readonly NodeSpec[];
  readonly initializers?: Readonly<Record<string, Tensor>>;
  readonly valueInfo?: Readonly<Record<string, ValueSpec>>;
}

export interface ModelSpec extends GraphSpec {
  /** ai.onnx version; 17 unless told. */
  readonly opset?: number;
  readonly irVersion?: number;
  /** Versions of further domains. */
  readonly domains?: Readonly<Record<string, number>>;
}

/** A model message; an initializer named like an input is overridable, as in files. */
export function buildModel(spec: ModelSpec): ModelProto {
  const domains = Object.entries(spec.domains ?? {}).map(([domain, version]) => ({ domain, version }));
  return { irVersion: spec.irVersion ?? 8, opsetImport: [{ domain: '', version: spec.opset ?? 17 }, ...domains], graph: buildGraph(spec) };
}

/** A graph message, for models and for subgraph attributes. */
export function buildGraph(spec: GraphSpec): GraphProto {
  return {
    name: 'g',
    input: valueInfos(spec.inputs),
    output: valueInfos(spec.outputs),
    valueInfo: valueInfos(spec.valueInfo ?? {}),
    initializer: Object.entries(spec.initializers ?? {}).map(([name, tensor]) => tensor.toProto(name)),
    node: spec.nodes.map(buildNode),
  };
}

/** The bytes of a model file. */
export function toBytes(model: ModelProto): Uint8Array {
  return onnx.ModelProto.encode(model as onnx.ModelProto).finish();
}

function buildNode([opType, input, output, attributes, more]: NodeSpec): NodeProto {
  const attribute = Object.entries(attributes ?? {}).flatMap(([name, value]) => buildAttribute(name, value));
  return { name: more?.name ?? '', opType, domain: more?.domain ?? '', input: [...input], output: [...output], attribute };
}

function buildAttribute(name: string, value: AttributeSpec): AttributeProto[] {
  if (typeof value === 'object' && 'graph' in value) return [{ name, type: 5, g: value.graph }];
  return attributeProtos({ [name]: value });
}

function valueInfos(specs: Readonly<Record<string, ValueSpec>>): ValueInfoProto[] {
  return Object.entries(specs).map(([name, [dtype, shape]]) => ({ name, type: writeType({ kind: 'tensor', dtype, shape }) }));
}
