import { UserError } from '../../../models/contracts/index.ts';
import type { Graph, Model, Node, Value } from '../../../models/graph/index.ts';
import { runKernel } from '../../rewrites/clean/kernels.ts';
import type { Plan } from '../plan.ts';
import { loweredOperators, lowererOf } from './catalog.ts';
import { type ContextOptions, LowerContext } from './context.ts';
import { type FaceOptions, lowerInput, lowerOutput } from './face.ts';
import { featureNames, type Renaming } from './feature-names.ts';
import { FORMLESS } from './formless.ts';
import { Refused } from './refused.ts';
import { withoutDead } from './without-dead.ts';
import type { WeightsFile } from './weights-file.ts';

export interface LowerOptions extends FaceOptions, ContextOptions {
  /** Feature names by names of the model. */
  readonly rename?: ReadonlyMap<string, string>;
}

export interface Lowered {
  readonly plan: Plan;
  readonly weights: WeightsFile;
  readonly renamed: readonly Renaming[];
  readonly notes: readonly string[];
}

/**
 * The plan of MIL operations that computes a model's main graph. The model must be of opset 12 or later, with shapes inferred. Throws one
 * UserError that names every node that Core ML has no form of, with reasons and remedies.
 */
export function lowerModel(model: Model, options: LowerOptions): Lowered {
  const { graph } = model;
  const c = new LowerContext(options, model.opset);
  const names = featureNames(graph, c.names, options.rename ?? new Map());
  const refusals: Refusal[] = [];
  const attempt = <T>(label: string, opType: string, work: () => T): T | null => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refusals.push({ label, opType, reason: error.message, remedy: error.remedy });
      return null;
    }
  };
  const inputs = [...names].flatMap(([value, { input }]) => (input === undefined ? [] : [attempt(value.name, 'input', () => lowerInput(value, input, c, options))]));
  for (const [value, { output }] of names) if (output !== undefined && value.producer && value.type.dtype !== 'bool' && !options.images?.outputs.has(value.name)) c.reserve(value, output);
  const live = liveNodes(graph);
  for (const node of graph.nodes()) {
    if (!live.has(node) || fold(node, c)) continue;
    c.enter(node);
    const before = refusals.length;
    if (node.inputs.every((value) => !value || isAvailable(value, c))) attempt(node.label, node.opType, () => lowerNode(node, c));
    else if (!isLowered(node)) attempt(node.label, node.opType, () => refuse(node));
    if (refusals.length > before) standIn(node, c);
  }
  const outputs = refusals.length > 0 ? [] : graph.outputs.map((value) => attempt(value.name, 'output', () => lowerOutput(value, names.get(value)?.output as string, c, options)));
  if (refusals.length > 0) throw refusalError(refusals);
  const features = outputs.filter(isPresent);
  const { operations, constants } = withoutDead(c, features.map(({ name }) => name));
  const main = { name: 'main', inputs: inputs.filter(isPresent), operations, outputs: features };
  const renamed = [...main.inputs, ...main.outputs].flatMap(({ source, name }) => (source === name ? [] : [{ from: source, to: name }]));
  for (const { name } of graph.inputs.filter(({ initializer, overridable }) => initializer && overridable)) c.notes.push(`"${name}" could be fed and is a constant in the package`);
  return { plan: { version: 1, opset: options.opset, constants, functions: [main] }, weights: c.weights, renamed, notes: c.notes };
}

interface Refusal {
  readonly label: string;
  readonly opType: string;
  readonly reason: string;
  readonly remedy: string;
}

/** Nodes that an output depends on. */
function liveNodes(graph: Graph): ReadonlySet<Node> {
  const live = new Set<Node>();
  const open: (Value | null)[] = [...graph.outputs];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (!value?.producer || live.has(value.producer)) continue;
    live.add(value.producer);
    open.push(...value.producer.inputs);
  }
  return live;
}

/** True where everything that the node computes is known before running. */
function fold(node: Node, c: LowerContext): boolean {
  const outputs = node.outputs.filter((value) => value !== null);
  if (outputs.every((value) => c.known(value) !== null)) return true;
  if (outputs.every((value) => value.type.elements !== undefined)) return true;
  const [output] = outputs;
  if (outputs.length !== 1 || !output?.type.dtype || node.is('DequantizeLinear')) return false;
  const known = node.inputs.map((value) => c.known(value));
  const shape = output.type.shape;
  if (known.some((tensor, i) => tensor === null && node.inputs[i]) || !shape?.every((dim) => typeof dim === 'number')) return false;
  const result = runKernel(node, known, output.type.dtype, shape as number[]);
  if (result) c.setKnown(output, result);
  return result !== null;
}

function isAvailable(value: Value, c: LowerContext): boolean {
  return c.isReady(value) || c.known(value) !== null || value.type.elements !== undefined;
}

function isLowered(node: Node): boolean {
  return node.isOnnx && !node.hasSubgraph && lowererOf(node.opType) !== undefined;
}

function lowerNode(node: Node, c: LowerContext): void {
  if (!isLowered(node)) refuse(node);
  lowererOf(node.opType)?.(node, c);
}

function refuse(node: Node): never {
  if (node.hasSubgraph) throw new Refused('it has a subgraph', 'Make the condition constant before exporting, or cut the model: dyno rewrite --cut-from, --cut-at.');
  if (!node.isOnnx) throw new Refused(`it is of the domain ${node.domain}`, CUT);
  const [reason, remedy] = FORMLESS[node.opType] ?? ['Core ML has no form of it here', CUT];
  throw new Refused(reason, remedy);
}

const CUT = 'Export without it, or cut the model before or after it: dyno rewrite --cut-from TENSOR, --cut-at TENSOR.';

/** So that what comes after a node that was refused is looked at too. */
function standIn(node: Node, c: LowerContext): void {
  for (const value of node.outputs) {
    if (!value) continue;
    try {
      c.bind(value, { name: 'refused', ...c.typeOf(value), isConstant: false, range: null });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }
}

function refusalError(refusals: readonly Refusal[]): UserError {
  const groups = new Map<string, Refusal[]>();
  for (const refusal of refusals) groups.set(`${refusal.opType}\n${refusal.reason}`, [...(groups.get(`${refusal.opType}\n${refusal.reason}`) ?? []), refusal]);
  const lines = [...groups.values()].map((group) => `  ${describe(group)}`);
  const count = refusals.length === 1 ? 'One part of the model has' : `${refusals.length} parts of the model have`;
  const remedies = [...new Set(refusals.map(({ remedy }) => remedy))];
  const operators = refusals.some(({ remedy }) => remedy === CUT) ? [`${loweredOperators().length} operators convert: docs/coreml.md lists them.`] : [];
  return new UserError(`${count} no form in Core ML:\n${lines.join('\n')}`, [...remedies, ...operators]);
}

const MOST_NODES = 5;

function describe(group: readonly Refusal[]): string {
  const [{ opType, reason }] = group as [Refusal];
  const nodes = group.slice(0, MOST_NODES).map(({ label }) => label).join(', ');
  const more = group.length > MOST_NODES ? ` and ${group.length - MOST_NODES} more` : '';
  return `${opType} (${nodes}${more}): ${reason}`;
}

function isPresent<T>(value: T | null): value is T {
  return value !== null;
}
