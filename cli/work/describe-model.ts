import { dtypeName } from '../../models/contracts/dtype.ts';
import { formatShape, maxRank, type Model, modelCost, type Node, type Value, type ValueType } from '../../models/graph/index.ts';
import { eachTensor, isExternal, payloadLength } from '../../models/onnx/index.ts';
import type { OnnxModel } from '../../models/onnx/read.ts';
import { realInputs } from './contract.ts';

export interface ValueSummary {
  readonly name: string;
  readonly type: string;
}

export interface NodeSummary {
  readonly name: string;
  readonly opType: string;
  readonly outputs: readonly ValueSummary[];
}

/** What is in a model, as `inspect` shows it. Counts by arithmetic on the graph; null where open dimensions leave them unknown. */
export interface ModelSummary {
  readonly file: { readonly bytes: number; readonly externalBytes: number; readonly externalFiles: readonly string[] };
  readonly irVersion: number;
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly inputs: readonly ValueSummary[];
  readonly outputs: readonly ValueSummary[];
  readonly nodes: number;
  readonly operators: Readonly<Record<string, number>>;
  readonly parameters: number;
  readonly parameterBytes: number;
  readonly macs: number | null;
  readonly activationBytes: number | null;
  readonly maxRank: number | null;
  /** Number of values (activations) of each rank. */
  readonly ranks: Readonly<Record<string, number>>;
  readonly weightTypes: Readonly<Record<string, number>>;
  /** Names of dimensions that are open. */
  readonly openDimensions: readonly string[];
  readonly subgraphs: number;
}

/** Summarises a model whose shapes are inferred. */
export function describeModel({ proto, fileSize }: OnnxModel, model: Model): ModelSummary {
  const nodes = [...model.graph.nodes()];
  const { macs, parameters, parameterBytes, activationBytes } = modelCost(model);
  const activations = nodes
    .filter((node) => !node.is('Constant'))
    .flatMap((node) => node.outputs)
    .filter((value): value is Value => value !== null);
  return {
    file: { bytes: fileSize, ...externalData(proto) },
    irVersion: model.irVersion,
    opsets: Object.fromEntries([...model.opsets].map(([domain, version]) => [domain === '' ? 'ai.onnx' : domain, version])),
    producer: [proto.producerName, proto.producerVersion].filter(Boolean).join(' '),
    metadata: Object.fromEntries((proto.metadataProps ?? []).map(({ key, value }) => [key ?? '', value ?? ''])),
    inputs: realInputs(model).map(valueSummary),
    outputs: model.graph.outputs.map(valueSummary),
    nodes: nodes.length,
    operators: count(nodes.map(operatorName)),
    parameters,
    parameterBytes,
    macs,
    activationBytes,
    maxRank: maxRank(model),
    ranks: count(
      activations.map(({ type }) => String(type.shape?.length ?? '?')),
      true,
    ),
    weightTypes: weightTypes(proto),
    openDimensions: [
      ...new Set(
        realInputs(model).flatMap(({ type }) => (type.shape ?? []).flatMap((dim) => (typeof dim === 'number' ? [] : [dim ?? '?']))),
      ),
    ],
    subgraphs: nodes.filter((node) => node.hasSubgraph).length,
  };
}

/** Every node with what it makes. */
export function describeNodes(model: Model): NodeSummary[] {
  return [...model.graph.nodes()].map((node) => ({
    name: node.label,
    opType: operatorName(node),
    outputs: node.outputs.flatMap((value) => (value ? [valueSummary(value)] : [])),
  }));
}

export function formatType({ dtype, shape, kind }: ValueType): string {
  return kind === 'tensor' ? `${dtype ?? '?'} ${formatShape(shape)}` : 'no tensor';
}

function valueSummary({ name, type }: Value): ValueSummary {
  return { name, type: formatType(type) };
}

function operatorName(node: Node): string {
  return node.isOnnx ? node.opType : `${node.domain}.${node.opType}`;
}

/** How often each text occurs, most often first, or in the order of the texts. */
function count(texts: readonly string[], byText = false): Record<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const order = byText
    ? (a: [string, number], b: [string, number]) => a[0].localeCompare(b[0])
    : (a: [string, number], b: [string, number]) => b[1] - a[1] || a[0].localeCompare(b[0]);
  return Object.fromEntries([...counts].sort(order));
}

function weightTypes(proto: OnnxModel['proto']): Record<string, number> {
  return count((proto.graph?.initializer ?? []).map(({ dataType }) => dtypeName(Number(dataType ?? 0)) ?? `type ${dataType}`));
}

function externalData(proto: OnnxModel['proto']): { externalBytes: number; externalFiles: string[] } {
  let externalBytes = 0;
  const files = new Set<string>();
  eachTensor(proto, (tensor) => {
    if (!isExternal(tensor)) return;
    externalBytes += payloadLength(tensor) ?? 0;
    const location = tensor.externalData?.find(({ key }) => key === 'location')?.value;
    if (location) files.add(location);
  });
  return { externalBytes, externalFiles: [...files] };
}
