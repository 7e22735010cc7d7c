import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../models/contracts/index.ts';
import { bindInputShapes, inferShapes, macsOf, Model, type StaticShapes, staticShape } from '../../models/graph/index.ts';
import { cloneMessage, type ModelProto, readModel, writeModel } from '../../models/onnx/index.ts';

/** A model file that the provider can take, and how its nodes correspond to the user's. */
export interface PreparedModel {
  readonly path: string;
  /** The user's model with types inferred, to read only; weights can be read until `release`. */
  readonly model: Model;
  /** Name of each node in the file compiled, by position; unique. */
  readonly names: readonly string[];
  readonly macs: number;
  release(): Promise<void>;
}

export interface PrepareOptions {
  readonly static?: StaticShapes;
  /** Values to make outputs besides those of the model. */
  readonly fetch?: readonly string[];
}

/**
 * Prepares a model for the provider: static shapes bound, every node under a name of its own. The user's file is never written to: where
 * anything has to change, a copy goes to a temporary folder. Throws UserError with the flag that mends it for open input dimensions.
 */
export async function prepareModel(path: string, options: PrepareOptions = {}): Promise<PreparedModel> {
  const onnx = readModel(path);
  let folder: string | null = null;
  const release = async (): Promise<void> => {
    onnx.close();
    if (folder) await rm(folder, { recursive: true, force: true });
  };
  try {
    const model = new Model(onnx.proto);
    if (options.static?.size) bindInputShapes(model, options.static);
    inferShapes(model);
    refuseOpenInputs(model);
    const proto = withOutputs(withNames(model.toProto()), options.fetch ?? []);
    const names = (proto.graph?.node ?? []).map((node) => node.name ?? '');
    const macs = [...model.graph.nodes()].reduce((sum, node) => sum + (macsOf(node) ?? 0), 0);
    if (proto === onnx.proto) return { path, model, names, macs, release };
    folder = await mkdtemp(join(tmpdir(), 'dyno-htp-'));
    const copy = join(folder, 'model.onnx');
    await writeModel(proto, copy, { from: onnx });
    return { path: copy, model, names, macs, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Stands for an open dimension in the flag that is proposed. */
const USUAL_SIZE = 128;

function refuseOpenInputs({ graph }: Model): void {
  const open = graph.inputs.filter((input) => !input.initializer && input.type.kind === 'tensor' && !staticShape(input.type));
  if (open.length === 0) return;
  const flags = open.map(({ name, type }) => `--static ${name}=${(type.shape ?? [null]).map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? 1 : USUAL_SIZE)).join('x')}`);
  const faces = open.map(({ name, type }) => `"${name}" [${(type.shape ?? ['?']).map((dim) => dim ?? '?').join(', ')}]`);
  throw new UserError(`HTP takes static shapes only; open dimensions: ${faces.join(', ')}.`, [`Give them sizes, such as ${flags.join(' ')}`]);
}

/** Nodes without a name, or with one that another has, get a name made of their position. The same message where all is well. */
function withNames(proto: ModelProto): ModelProto {
  const nodes = proto.graph?.node ?? [];
  const counts = new Map<string, number>();
  for (const { name } of nodes) counts.set(name ?? '', (counts.get(name ?? '') ?? 0) + 1);
  if (!counts.has('') && counts.size === nodes.length) return proto;
  const named = nodes.map((node, index) => {
    if (node.name && counts.get(node.name) === 1) return node;
    let name = `node${index}${node.opType ?? ''}`;
    while (counts.has(name)) name += 'x';
    return cloneMessage(node, { name });
  });
  return cloneMessage(proto, { graph: cloneMessage(proto.graph as NonNullable<ModelProto['graph']>, { node: named }) });
}

/** ONNX Runtime infers the types of the outputs added. */
function withOutputs(proto: ModelProto, fetch: readonly string[]): ModelProto {
  const graph = proto.graph as NonNullable<ModelProto['graph']>;
  const present = new Set((graph.output ?? []).map(({ name }) => name));
  const added = fetch.filter((name) => !present.has(name)).map((name) => ({ name }));
  if (added.length === 0) return proto;
  return cloneMessage(proto, { graph: cloneMessage(graph, { output: [...(graph.output ?? []), ...added] }) });
}
