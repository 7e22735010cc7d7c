import { cloneMessage } from './message.ts';
import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto } from './proto.ts';

/** `initializer` is true for initializers of the main graph and of subgraphs: where external data is understood everywhere. */
export type TensorEdit = (tensor: TensorProto, initializer: boolean) => TensorProto;

/** Puts `edit(tensor)` in place of every tensor of a model. Messages with nothing edited inside stay the same objects. */
export function mapTensors(model: ModelProto, edit: TensorEdit): ModelProto {
  const graph = model.graph && mapGraph(model.graph, edit);
  const functions = mapList(model.functions, (f) => mapFunction(f, edit));
  const trainingInfo = mapList(model.trainingInfo, (info) =>
    change(info, {
      initialization: info.initialization && mapGraph(info.initialization, edit),
      algorithm: info.algorithm && mapGraph(info.algorithm, edit),
    }),
  );
  return change(model, { graph, functions, trainingInfo });
}

/** Shows every tensor of a model. */
export function eachTensor(model: ModelProto, visit: (tensor: TensorProto, initializer: boolean) => void): void {
  mapTensors(model, (tensor, initializer) => {
    visit(tensor, initializer);
    return tensor;
  });
}

function mapGraph(graph: GraphProto, edit: TensorEdit): GraphProto {
  return change(graph, {
    node: mapList(graph.node, (node) => mapNode(node, edit)),
    initializer: mapList(graph.initializer, (tensor) => edit(tensor, true)),
    sparseInitializer: mapList(graph.sparseInitializer, (sparse) => mapSparse(sparse, edit)),
  });
}

function mapFunction(f: FunctionProto, edit: TensorEdit): FunctionProto {
  return change(f, {
    node: mapList(f.node, (node) => mapNode(node, edit)),
    attributeProto: mapList(f.attributeProto, (a) => mapAttribute(a, edit)),
  });
}

function mapNode(node: NodeProto, edit: TensorEdit): NodeProto {
  const attribute = mapList(node.attribute, (a) => mapAttribute(a, edit));
  return attribute === node.attribute ? node : change(node, { attribute });
}

function mapAttribute(attribute: AttributeProto, edit: TensorEdit): AttributeProto {
  const { t, g, tensors, graphs, sparseTensor, sparseTensors } = attribute;
  if (!t && !g && !tensors?.length && !graphs?.length && !sparseTensor && !sparseTensors?.length) return attribute;
  return change(attribute, {
    t: t && edit(t, false),
    g: g && mapGraph(g, edit),
    tensors: mapList(tensors, (tensor) => edit(tensor, false)),
    graphs: mapList(graphs, (graph) => mapGraph(graph, edit)),
    sparseTensor: sparseTensor && mapSparse(sparseTensor, edit),
    sparseTensors: mapList(sparseTensors, (sparse) => mapSparse(sparse, edit)),
  });
}

type Sparse = NonNullable<AttributeProto['sparseTensor']>;

function mapSparse(sparse: Sparse, edit: TensorEdit): Sparse {
  return change(sparse, { values: sparse.values && edit(sparse.values, false), indices: sparse.indices && edit(sparse.indices, false) });
}

function mapList<T>(list: T[] | null | undefined, map: (item: T) => T): T[] | null | undefined {
  if (!list || list.length === 0) return list;
  let changed = false;
  const mapped = list.map((item) => {
    const result = map(item);
    changed ||= result !== item;
    return result;
  });
  return changed ? mapped : list;
}

type Fields<T> = { [K in keyof T]?: T[K] | undefined };

function change<T extends object>(message: T, fields: Fields<T>): T {
  for (const key in fields) {
    if (fields[key] !== message[key]) return cloneMessage(message, changed(message, fields));
  }
  return message;
}

function changed<T extends object>(message: T, fields: Fields<T>): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([key, value]) => value !== message[key as keyof T])) as Partial<T>;
}
