import type { Model } from '../../models/graph/index.ts';
import { type CompiledNode, FACE_CONVERSION, type HtpUnit, type InsertedNode } from './compile-report.ts';
import type { CompileLog, LoggedOperator } from './read-log.ts';

/** Nodes by provider, as ONNX Runtime partitioned the graph that it had optimized. */
export interface Assignment {
  readonly provider: string;
  readonly nodes: readonly { readonly name: string; readonly opType: string }[];
}

/** A node that the provider saw. */
interface SeenNode {
  readonly name: string;
  readonly opType: string;
  readonly unit: 'htp' | 'cpu';
}

interface Draft {
  unit: HtpUnit;
  reason: string | null;
  readonly inserted: InsertedNode[];
}

/**
 * What became of each node of the user's model. Names that the provider gave (`/body.0/Conv_token_1`, `/fc/MatMul/MatMulAddFusion`) are led
 * back to the node they start with; operators of its own making, layout transposes above all, are put to the account of the node that
 * wants them. `names`: of the nodes in the file compiled, by position. Without an assignment (the compiler failed later) the verdicts count.
 */
export function mapNodes(model: Model, names: readonly string[], assignment: readonly Assignment[] | null, log: CompileLog): CompiledNode[] {
  const drafts: Draft[] = names.map(() => ({ unit: 'absorbed', reason: null, inserted: [] }));
  const resolve = nameResolver(names);
  const foreign: SeenNode[] = [];
  const seen = assignment ? assignedNodes(assignment) : judgedNodes(log);
  const taken = new Set<number>();
  for (const node of [...seen].sort((a, b) => exactFirst(a.name, b.name, names))) {
    const draft = drafts[resolve(node.name) ?? -1];
    const index = draft ? drafts.indexOf(draft) : -1;
    if (!draft) foreign.push(node);
    else if (!taken.has(index)) draft.unit = node.unit;
    else if (assignment) draft.inserted.push({ opType: node.opType, unit: node.unit });
    if (draft) taken.add(index);
  }
  for (const { accepted, nodes, reason } of log.verdicts) {
    for (const { name } of accepted ? [] : nodes) {
      const draft = drafts[resolve(name) ?? -1];
      if (draft?.unit === 'cpu') draft.reason ??= reason;
    }
  }
  const account = accountOf(model, resolve, log.operators);
  for (const node of foreign) {
    const face = node.unit === 'cpu' && FACE_CONVERSION.test(reasonOf(log, node.name) ?? '') ? drafts[faceConversion(model, node.opType, drafts) ?? -1] : undefined;
    if (face) Object.assign(face, { unit: 'cpu', reason: reasonOf(log, node.name) });
    else drafts[account(node.name) ?? -1]?.inserted.push({ opType: node.opType, unit: node.unit });
  }
  return nodesInFileOrder(model).map(({ index, label, opType }) => ({ index, label, opType, ...(drafts[index] as Draft) }));
}

function reasonOf({ verdicts }: CompileLog, name: string): string | null {
  return verdicts.find(({ accepted, nodes }) => !accepted && nodes.some((node) => node.name === name))?.reason ?? null;
}

/** The conversion of the model that one of ONNX Runtime's making stands for: it moves those at the face about, under other names. */
function faceConversion({ graph }: Model, opType: string, drafts: readonly Draft[]): number | null {
  const outer = [...graph.outputs.flatMap(({ producer }) => producer ?? []), ...graph.inputs.flatMap(({ consumers }) => consumers)];
  return outer.find((node) => node.opType === opType && drafts[node.index]?.unit !== 'cpu')?.index ?? null;
}

function nodesInFileOrder(model: Model): { index: number; label: string; opType: string }[] {
  return [...model.graph.nodes()].sort((a, b) => a.index - b.index).map(({ index, label, opType }) => ({ index, label, opType }));
}

function assignedNodes(assignment: readonly Assignment[]): SeenNode[] {
  return assignment.flatMap(({ provider, nodes }) => nodes.map((node) => ({ ...node, unit: isHtp(provider) ? ('htp' as const) : ('cpu' as const) })));
}

export function isHtp(provider: string): boolean {
  return provider.startsWith('QNN');
}

function judgedNodes(log: CompileLog): SeenNode[] {
  return log.verdicts.flatMap(({ accepted, nodes }) => nodes.map((node) => ({ ...node, unit: accepted ? ('htp' as const) : ('cpu' as const) })));
}

/** A name that a node of the model has comes before one that only starts with it. */
function exactFirst(a: string, b: string, names: readonly string[]): number {
  return Number(names.includes(b)) - Number(names.includes(a));
}

/** Position of the node that a provider's name goes back to: its own name, or the longest one that it continues. */
function nameResolver(names: readonly string[]): (name: string) => number | null {
  const positions = new Map(names.map((name, index) => [name, index]));
  return (name) => {
    for (let end = name.length; end > 0; end--) {
      if (end < name.length && /[A-Za-z0-9]/.test(name[end] as string)) continue;
      const position = positions.get(name.slice(0, end));
      if (position !== undefined) return position;
    }
    return null;
  };
}

/** QNN operators that want their data in NHWC. */
const LAYOUT_SENSITIVE = /^(Conv|Depthwise|TransposeConv|Pool|DepthToSpace|SpaceToDepth|Resize|Batchnorm|InstanceNorm|GridSample|Lrn|L2Pool|CropAndResize|ChannelShuffle)/;

/**
 * The node on whose account the provider put in an operator: the one whose value it now makes; else the layout-sensitive one that reads it,
 * else the one it reads from.
 */
function accountOf(model: Model, resolve: (name: string) => number | null, operators: readonly LoggedOperator[]): (name: string) => number | null {
  const byName = new Map(operators.map((operator) => [operator.name, operator]));
  const producers = new Map(operators.flatMap((operator) => operator.outputs.map((tensor) => [tensor, operator] as const)));
  const readers = new Map(operators.flatMap((operator) => operator.inputs.map((tensor) => [tensor, operator] as const)));
  const owner = (tensor: string): number | null => {
    const operator = producers.get(tensor);
    return (operator ? resolve(operator.name) : null) ?? model.graph.values.get(tensor)?.producer?.index ?? null;
  };
  return (name) => {
    const operator = byName.get(name);
    if (!operator) return null;
    for (const tensor of operator.outputs) {
      const reader = readers.get(tensor);
      const position = reader && LAYOUT_SENSITIVE.test(reader.opType) ? resolve(reader.name) : null;
      if (position !== null) return position;
    }
    for (const tensor of operator.inputs) {
      const position = owner(tensor);
      if (position !== null) return position;
    }
    const made = operator.outputs.map((tensor) => model.graph.values.get(tensor)?.producer?.index).find((index) => index !== undefined);
    return made ?? operator.outputs.map((tensor) => readers.get(tensor)).map((reader) => (reader ? resolve(reader.name) : null)).find((index) => index !== null) ?? null;
  };
}
