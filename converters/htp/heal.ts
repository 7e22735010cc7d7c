import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NamedArrays, NdArray } from '../../models/contracts/index.ts';
import { capturedNames, type Graph, inferShapes, Model, type Node, type Value } from '../../models/graph/index.ts';
import { writeType } from '../../models/graph/type-proto.ts';
import { cloneMessage, type GraphProto, type ModelProto, readModel, writeModel } from '../../models/onnx/index.ts';
import type { DivergenceSearch } from './first-divergence.ts';

/** A model without the nodes that are known to be wrong, so that what comes behind them can be looked at. */
export interface Healed extends Pick<DivergenceSearch, 'modelPath' | 'graph' | 'feed'> {
  release(): Promise<void>;
}

/**
 * Takes a node out: its values become inputs, fed with what ONNX Runtime computes. Outputs of the model that it makes itself go. Null where
 * no output is left.
 */
export async function withoutNode(search: DivergenceSearch, node: Node): Promise<Healed | null> {
  const values = node.outputs.filter((value): value is Value => value !== null);
  const [right] = await search.host.run(search.modelPath, [search.feed], { ...search.run, fetch: values.map(({ name }) => name) });
  const feed = new Map([...search.feed, ...values.flatMap(({ name }) => (right?.has(name) ? [[name, right.get(name) as NdArray] as const] : []))]);
  const file = readModel(search.modelPath);
  const proto = cutAt(file.proto, search, node, feed);
  if (!proto) {
    file.close();
    return null;
  }
  const folder = await mkdtemp(join(tmpdir(), 'dyno-heal-'));
  const modelPath = join(folder, 'model.onnx');
  await writeModel(proto, modelPath, { from: file });
  file.close();
  const healed = readModel(modelPath);
  const model = new Model(healed.proto);
  inferShapes(model);
  const needed = new Set(model.graph.inputs.map(({ name }) => name));
  return {
    modelPath, graph: model.graph, feed: new Map([...feed].filter(([name]) => needed.has(name))),
    release: async () => {
      healed.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function cutAt(proto: ModelProto, { graph: seen, feed: given }: DivergenceSearch, cut: Node, feed: NamedArrays): ModelProto | null {
  const graph = proto.graph as GraphProto;
  const made = cut.outputs.flatMap((value) => value?.name ?? []);
  const output = (graph.output ?? []).filter(({ name }) => !made.includes(name ?? ''));
  if (output.length === 0) return null;
  const used = usedBy(seen, cut, output.map(({ name }) => name ?? ''));
  const added = [...feed].filter(([name]) => !given.has(name)).map(([name, { dtype, dims }]) => ({ name, type: writeType({ kind: 'tensor', dtype, shape: dims }) }));
  const node = (graph.node ?? []).filter(({ output: own }) => (own ?? []).some((name) => used.has(name) && !made.includes(name)));
  return cloneMessage(proto, { graph: cloneMessage(graph, { node, output, input: [...(graph.input ?? []), ...added].filter(({ name }) => used.has(name ?? '')) }) });
}

/** Every name that outputs depend on, where one node is not looked behind. */
function usedBy(graph: Graph, cut: Node, outputs: readonly string[]): ReadonlySet<string> {
  const used = new Set(outputs);
  for (const node of [...graph.nodes()].reverse()) {
    if (node === cut || !node.outputs.some((value) => value && used.has(value.name))) continue;
    for (const name of [...node.inputs.flatMap((value) => value?.name ?? []), ...capturedNames(node)]) used.add(name);
  }
  return used;
}
