/**
 * The ONNX bytes with `names` added to the graph's outputs. Nothing is parsed: concatenated protobuf messages merge, and a second
 * `graph` field with further `output` entries extends the first. The entries carry no type; ONNX Runtime infers it.
 */
export function exposeValues(model: Uint8Array, names: readonly string[]): Uint8Array {
  if (names.length === 0) return model;
  const outputs = names.map((name) => field(GRAPH_OUTPUT, field(VALUE_INFO_NAME, new TextEncoder().encode(name))));
  return Buffer.concat([model, field(MODEL_GRAPH, Buffer.concat(outputs))]);
}

const MODEL_GRAPH = 7;
const GRAPH_OUTPUT = 12;
const VALUE_INFO_NAME = 1;

function field(number: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of((number << 3) | 2), varint(content.length), content]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}
