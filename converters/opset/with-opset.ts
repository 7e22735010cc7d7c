import { UserError } from '../../models/contracts/index.ts';
import { inferShapes, Model } from '../../models/graph/index.ts';
import { type AttributeProto, cloneMessage, type GraphProto, type ModelProto, type NodeProto, type TensorProto } from '../../models/onnx/index.ts';
import { STEPS, type Step, type StepContext } from './steps.ts';

const OLDEST = 7;
const NEWEST = 25;

/**
 * The model in a newer version of ai.onnx, node by node: attributes that became inputs move, defaults that changed are written out.
 * Functions and `ir_version` stay. Throws UserError for a lower version, for models older than 7, beyond 25, and for nodes whose meaning
 * changed on the way, all of them at once.
 */
export function withOpset(model: ModelProto, version: number): ModelProto {
  const imports = model.opsetImport ?? [];
  const current = Number(imports.find((o) => isOnnx(o.domain))?.version ?? 0);
  if (version === current) return model;
  checkVersions(current, version);
  const steps = STEPS.filter((step) => step.to > current && step.to <= version);
  const problems: string[] = [];
  const graph = model.graph ? convertGraph(model.graph, steps, typesOf(model), problems) : model.graph;
  if (problems.length > 0) throw new UserError(`The model cannot be raised from opset ${current} to ${version}: ${problems.slice(0, 5).join('; ')}.`, ['Export it again with that opset.']);
  return cloneMessage(model, { ...(graph ? { graph } : {}), opsetImport: imports.map((o) => (isOnnx(o.domain) ? cloneMessage(o, { version }) : o)) });
}

function checkVersions(current: number, version: number): void {
  if (current === 0) throw new UserError('The model imports no ai.onnx operators, so there is no opset to raise.');
  if (version < current) throw new UserError(`The model uses opset ${current}; it cannot go down to ${version}.`, [`Leave --opset out, or use --opset ${current} or above.`]);
  if (current < OLDEST) throw new UserError(`The model uses opset ${current}; versions before ${OLDEST} cannot be raised.`, ['Export it again with a newer opset.']);
  if (version > NEWEST) throw new UserError(`Opset ${version} is not known; the newest is ${NEWEST}.`);
}

type Types = Pick<StepContext, 'rank' | 'dtype'>;

function typesOf(proto: ModelProto): Types {
  const model = new Model(proto);
  inferShapes(model);
  const { values } = model.graph;
  return { rank: (name) => values.get(name)?.type.shape?.length ?? null, dtype: (name) => values.get(name)?.type.dtype ?? null };
}

/** Only what changes is copied. New constants are initializers of the graph that the node is in. */
function convertGraph(graph: GraphProto, steps: readonly Step[], types: Types, problems: string[]): GraphProto {
  const taken = namesIn(graph);
  const constants: TensorProto[] = [];
  const add: StepContext['add'] = (tensor, hint) => {
    let name = hint;
    for (let i = 1; taken.has(name); i++) name = `${hint}_${i}`;
    taken.add(name);
    constants.push(tensor.toProto(name));
    return name;
  };
  const node = (graph.node ?? []).map((n) => convertNode(n, steps, { ...types, add }, problems));
  if (node.every((n, i) => n === graph.node?.[i])) return graph;
  return cloneMessage(graph, { node, initializer: [...(graph.initializer ?? []), ...constants] });
}

function convertNode(node: NodeProto, steps: readonly Step[], context: StepContext, problems: string[]): NodeProto {
  let at = convertSubgraphs(node, steps, context, problems);
  if (!isOnnx(node.domain)) return at;
  for (const step of steps) {
    if (!step.opTypes.includes(at.opType ?? '')) continue;
    const next = step.convert(at, context);
    if (typeof next === 'string') problems.push(`${node.opType} ${node.name ?? ''}: ${next}`);
    else at = next;
  }
  return at;
}

function convertSubgraphs(node: NodeProto, steps: readonly Step[], types: Types, problems: string[]): NodeProto {
  const attribute = (node.attribute ?? []).map((a): AttributeProto => {
    const g = a.g ? convertGraph(a.g, steps, types, problems) : a.g;
    const graphs = a.graphs?.map((inner) => convertGraph(inner, steps, types, problems));
    const same = g === a.g && (graphs ?? []).every((inner, i) => inner === a.graphs?.[i]);
    return same ? a : cloneMessage(a, { ...(g ? { g } : {}), ...(graphs ? { graphs } : {}) });
  });
  return attribute.every((a, i) => a === node.attribute?.[i]) ? node : cloneMessage(node, { attribute });
}

function namesIn(graph: GraphProto): Set<string> {
  const names = [...(graph.input ?? []), ...(graph.initializer ?? [])].map((v) => v.name ?? '');
  return new Set([...names, ...(graph.node ?? []).flatMap((n) => [...(n.input ?? []), ...(n.output ?? [])])]);
}

function isOnnx(domain: string | null | undefined): boolean {
  return (domain ?? '') === '' || domain === 'ai.onnx';
}
