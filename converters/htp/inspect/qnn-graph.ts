/** A graph as QNN's converters write it (`_net.json`). */
export interface QnnGraph {
  readonly kind: 'qnn-graph';
  readonly inputs: readonly QnnTensor[];
  readonly outputs: readonly QnnTensor[];
  /** Operators by type. */
  readonly operators: Readonly<Record<string, number>>;
  /** Constant tensors: how many, and their bytes. */
  readonly constants: number;
  readonly constantBytes: number;
}

export interface QnnTensor {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly number[];
  readonly scale: number | null;
  readonly zeroPoint: number | null;
}

interface StoredTensor {
  readonly type?: number;
  readonly data_type?: number;
  readonly dims?: readonly number[];
  readonly current_dims?: readonly number[];
  readonly quant_params?: { readonly definition?: number; readonly encoding?: number; readonly scale_offset?: { readonly scale: number; readonly offset: number } };
}

/** Qnn_TensorType_t: 0 is written by the application, 1 read by it, 4 static. */
const INPUT = 0;
const OUTPUT = 1;
const STATIC = 4;

/** Qnn_DataType_t, with bits. */
const TYPES: ReadonlyMap<number, readonly [string, number]> = new Map([
  [0x0008, ['int8', 8]], [0x0016, ['int16', 16]], [0x0032, ['int32', 32]], [0x0064, ['int64', 64]], [0x0108, ['uint8', 8]], [0x0116, ['uint16', 16]],
  [0x0132, ['uint32', 32]], [0x0164, ['uint64', 64]], [0x0216, ['float16', 16]], [0x0232, ['float32', 32]], [0x0304, ['sfixed4', 4]], [0x0308, ['sfixed8', 8]],
  [0x0316, ['sfixed16', 16]], [0x0332, ['sfixed32', 32]], [0x0404, ['ufixed4', 4]], [0x0408, ['ufixed8', 8]], [0x0416, ['ufixed16', 16]], [0x0508, ['bool', 8]],
]);

/** Reads parsed JSON; null where it is no QNN graph. Field names and codes: `qnn.md` §1.2. */
export function readQnnGraph(parsed: unknown): QnnGraph | null {
  const graph = (parsed as { graph?: { tensors?: Record<string, StoredTensor>; nodes?: Record<string, { type?: string }> } } | null)?.graph;
  if (!graph?.tensors || !graph.nodes || typeof graph.tensors !== 'object' || typeof graph.nodes !== 'object') return null;
  const tensors = Object.entries(graph.tensors);
  const constants = tensors.filter(([, { type }]) => type === STATIC);
  const operators: Record<string, number> = {};
  for (const { type = '?' } of Object.values(graph.nodes)) operators[type] = (operators[type] ?? 0) + 1;
  const ofType = (wanted: number): QnnTensor[] => tensors.filter(([, { type }]) => type === wanted).map(([name, tensor]) => describe(name, tensor));
  return { kind: 'qnn-graph', inputs: ofType(INPUT), outputs: ofType(OUTPUT), operators, constants: constants.length, constantBytes: constants.reduce((sum, [, tensor]) => sum + bytesOf(tensor), 0) };
}

function describe(name: string, tensor: StoredTensor): QnnTensor {
  const { definition, encoding, scale_offset: pair } = tensor.quant_params ?? {};
  const quantized = definition === 1 && encoding === 0 && pair !== undefined;
  const code = tensor.data_type ?? 0;
  return { name, type: TYPES.get(code)?.[0] ?? `0x${code.toString(16)}`, dims: dimsOf(tensor), scale: quantized ? pair.scale : null, zeroPoint: quantized ? -pair.offset : null };
}

function bytesOf(tensor: StoredTensor): number {
  return (dimsOf(tensor).reduce((a, b) => a * b, 1) * (TYPES.get(tensor.data_type ?? 0)?.[1] ?? 0)) / 8;
}

function dimsOf({ dims, current_dims: current }: StoredTensor): readonly number[] {
  return dims ?? current ?? [];
}
