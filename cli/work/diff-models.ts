import { createHash } from 'node:crypto';
import { dtypeName } from '../../models/contracts/dtype.ts';
import type { Model, Node, Value } from '../../models/graph/index.ts';
import { type ModelProto, Tensor, type TensorProto, tensorBytes } from '../../models/onnx/index.ts';
import { attributesText } from './attribute-text.ts';
import { realInputs } from './contract.ts';
import { formatType } from './describe-model.ts';

export interface Change {
  readonly name: string;
  /** What it is, or how it was and is. */
  readonly what: string;
}

/** Added, removed and changed things of one kind, by name. */
export interface Changes {
  readonly added: readonly Change[];
  readonly removed: readonly Change[];
  readonly changed: readonly Change[];
}

export interface ModelDiff {
  readonly inputs: Changes;
  readonly outputs: Changes;
  readonly nodes: Changes;
  readonly initializers: Changes;
  readonly opsets: Changes;
  readonly metadata: Changes;
}

/** What differs between two models. Nodes are the same where they make the same values; initializers where they have the same name. */
export function diffModels(a: Model, b: Model): ModelDiff {
  const signature = (values: readonly Value[]): Map<string, string> =>
    new Map(values.map(({ name, stated }) => [name, formatType(stated)]));
  return {
    inputs: compare(signature(realInputs(a)), signature(realInputs(b))),
    outputs: compare(signature(a.graph.outputs), signature(b.graph.outputs)),
    nodes: compare(nodesOf(a), nodesOf(b)),
    initializers: diffInitializers(a.proto, b.proto),
    opsets: compare(opsetsOf(a), opsetsOf(b)),
    metadata: compare(metadataOf(a.proto), metadataOf(b.proto)),
  };
}

export function isEmpty(diff: ModelDiff): boolean {
  return Object.values(diff as unknown as Record<string, Changes>).every(
    ({ added, removed, changed }) => added.length + removed.length + changed.length === 0,
  );
}

/** By name; `explain` says what changed, null for nothing. */
function compare<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  show: (item: T) => string = String,
  explain = plainChange(show),
): Changes {
  return {
    added: [...after].filter(([name]) => !before.has(name)).map(([name, item]) => ({ name, what: show(item) })),
    removed: [...before].filter(([name]) => !after.has(name)).map(([name, item]) => ({ name, what: show(item) })),
    changed: [...before].flatMap(([name, item]) => {
      const other = after.get(name);
      const what = other === undefined ? null : explain(item, other);
      return what === null ? [] : [{ name, what }];
    }),
  };
}

function plainChange<T>(show: (item: T) => string): (before: T, after: T) => string | null {
  return (before, after) => (show(before) === show(after) ? null : `${show(before)} → ${show(after)}`);
}

/** A node is known by what it makes: names of nodes are optional and need not be unique. */
function nodesOf(model: Model): Map<string, string> {
  return new Map([...model.graph.nodes()].map((node) => [`${node.outputs.map((value) => value?.name ?? '').join(', ')}`, nodeText(node)]));
}

function nodeText(node: Node): string {
  const inputs = node.inputs.map((value) => value?.name ?? '""').join(', ');
  const attributes = attributesText(node.proto);
  return `${node.isOnnx ? '' : `${node.domain}.`}${node.opType}(${inputs})${attributes === '' ? '' : ` {${attributes}}`}`;
}

function opsetsOf(model: Model): Map<string, string> {
  return new Map([...model.opsets].map(([domain, version]) => [domain === '' ? 'ai.onnx' : domain, String(version)]));
}

function metadataOf(proto: ModelProto): Map<string, string> {
  const own: [string, string][] = [
    ['ir_version', String(proto.irVersion ?? 0)],
    ['producer', `${proto.producerName ?? ''} ${proto.producerVersion ?? ''}`.trim()],
  ];
  return new Map([...own, ...(proto.metadataProps ?? []).map(({ key, value }): [string, string] => [key ?? '', value ?? ''])]);
}

function diffInitializers(a: ModelProto, b: ModelProto): Changes {
  const of = (proto: ModelProto): Map<string, TensorProto> =>
    new Map((proto.graph?.initializer ?? []).map((tensor) => [tensor.name ?? '', tensor]));
  return compare(of(a), of(b), tensorText, tensorChange);
}

function tensorText(tensor: TensorProto): string {
  return `${dtypeName(Number(tensor.dataType ?? 0)) ?? '?'} [${(tensor.dims ?? []).map(Number).join(', ')}]`;
}

/** How two tensors of one name differ: in type or shape, or in values and then by how much. */
function tensorChange(before: TensorProto, after: TensorProto): string | null {
  if (tensorText(before) !== tensorText(after)) return `${tensorText(before)} → ${tensorText(after)}`;
  if (dtypeName(Number(before.dataType ?? 0)) === 'string') return null;
  if (hash(before) === hash(after)) return null;
  const [x, y] = [Tensor.fromProto(before).numbers(), Tensor.fromProto(after).numbers()];
  let largest = 0;
  let differing = 0;
  for (let i = 0; i < x.length; i++) {
    const difference = Math.abs((x[i] as number) - (y[i] as number));
    if (difference > 0 || Number.isNaN(difference)) differing++;
    largest = Math.max(largest, difference);
  }
  return `${tensorText(before)}: ${differing} of ${x.length} values differ, by ${largest.toPrecision(3)} at most`;
}

function hash(tensor: TensorProto): string {
  return createHash('sha256').update(tensorBytes(tensor)).digest('hex');
}
