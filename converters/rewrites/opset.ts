import { UserError } from '../../models/contracts/index.ts';
import { inferShapes, Model, type Node } from '../../models/graph/index.ts';
import { cloneMessage, type ModelProto, type TensorProto } from '../../models/onnx/index.ts';
import { OPSET_CHANGES, type OpsetChange } from './opset-changes.ts';
import { Upgrade } from './opset-upgrade.ts';

/** Oldest version to start from: before it, broadcasting was spelled in attributes. */
const OLDEST = 7;
const NEWEST = 22;

/**
 * The model in a newer version of ai.onnx: nodes whose operator was redefined on the way are edited so that they mean the same. Throws UserError
 * for a lower version, for versions outside of 7 to 22, and where an operator cannot be carried over, naming it.
 */
export function withOpset(proto: ModelProto, version: number): ModelProto {
  const model = new Model(proto);
  const current = model.opset;
  if (version === current) return proto;
  if (version < current) throw new UserError(`The model uses opset ${current}; it cannot go down to ${version}.`, [`Leave --opset out, or use --opset ${current} or above.`]);
  if (current < OLDEST || version > NEWEST) throw new UserError(`A model of opset ${current} cannot be taken to ${version}.`, [`From ${OLDEST} on, up to ${NEWEST}, that is possible.`]);
  inferShapes(model);
  const changes = OPSET_CHANGES.filter(({ at }) => at > current && at <= version);
  const initializer: TensorProto[] = [...(proto.graph?.initializer ?? [])];
  const taken = new Set<string>();
  const freshName = (hint: string): string => {
    let name = model.graph.freshName(hint);
    while (taken.has(name)) name = model.graph.freshName(`${name}_`);
    taken.add(name);
    return name;
  };
  const node = [...model.graph.nodes()].map((old) => {
    const upgrade = new Upgrade(old, freshName);
    for (const change of changes) applyChange(change, upgrade, old, version);
    initializer.push(...upgrade.added);
    return upgrade.toProto();
  });
  const opsetImport = (proto.opsetImport ?? []).map((o) => (isOnnx(o.domain) ? cloneMessage(o, { version }) : o));
  return cloneMessage(proto, { opsetImport, graph: cloneMessage(proto.graph ?? {}, { node, initializer }) });
}

function applyChange(change: OpsetChange, upgrade: Upgrade, node: Node, version: number): void {
  const isOne = (opType: string): boolean => change.opTypes.includes(opType);
  const inside = node.attributes.graphs().some((graph) => graph.node?.some((inner) => isOne(inner.opType ?? '')));
  const reason = inside ? 'it stands in a subgraph' : node.isOnnx && isOne(upgrade.opType) ? change.apply(upgrade) : undefined;
  if (reason) throw new UserError(`${node.label} (${upgrade.opType}) cannot go to opset ${version}: ${reason}.`, [`Use --opset ${change.at - 1} or below, or none.`]);
}

function isOnnx(domain: string | null | undefined): boolean {
  return (domain ?? '') === '' || domain === 'ai.onnx';
}
