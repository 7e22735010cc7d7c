import type { GraphProto } from '../../../onnx/proto.ts';
import { readType } from '../../type-proto.ts';
import { type Dim, UNKNOWN_TYPE, type ValueType } from '../../types.ts';
import type { OpRule, OpTable } from '../op-call.ts';

/** What both branches declare; sizes on which they differ stay open. */
const branch: OpRule = (call) => {
  const [yes, no] = [declared(call.attributes.get('then_branch')?.g), declared(call.attributes.get('else_branch')?.g)];
  return yes.map((type, i) => common(type, no[i] ?? UNKNOWN_TYPE));
};

/** Body outputs: condition, carried values, then values stacked along a new first axis. A carried value keeps what every turn agrees on. */
const loop: OpRule = (call) => {
  const outputs = declared(call.attributes.get('body')?.g).slice(1);
  const carried = Math.max(call.inputCount - 2, 0);
  return outputs.map((type, i) => (i < carried ? common(type, call.type(i + 2) ?? UNKNOWN_TYPE) : stacked(type, 0, null)));
};

/** Body outputs: states, then values stacked along `scan_output_axes`, as many as the scanned inputs have steps (opset 9 on). */
const scan: OpRule = (call) => {
  const body = call.attributes.get('body')?.g;
  const scanned = call.attributes.int('num_scan_inputs', 0);
  const states = call.inputCount - scanned;
  if (call.opset > 0 && call.opset < 9) return null;
  const axis = call.attributes.ints('scan_input_axes')?.[0] ?? 0;
  const steps = call.shape(states)?.at(axis) ?? null;
  const axes = call.attributes.ints('scan_output_axes') ?? [];
  return declared(body).map((type, i) => {
    return i < states ? common(type, call.type(i) ?? UNKNOWN_TYPE) : stacked(type, axes[i - states] ?? 0, steps);
  });
};

/** Declared output types of a subgraph. Names of dimensions inside are not those outside. */
function declared(graph: GraphProto | null | undefined): ValueType[] {
  return (graph?.output ?? []).map((info) => {
    const type = readType(info);
    return { ...type, shape: type.shape?.map((dim) => (typeof dim === 'number' ? dim : null)) ?? null };
  });
}

function common(a: ValueType, b: ValueType): ValueType {
  if (a.kind !== b.kind) return UNKNOWN_TYPE;
  const sameRank = a.shape !== null && b.shape !== null && a.shape.length === b.shape.length;
  const shape = sameRank ? (a.shape as Dim[]).map((dim, i) => (dim === b.shape?.[i] ? dim : null)) : null;
  return { kind: a.kind, dtype: a.dtype ?? b.dtype, shape };
}

function stacked(type: ValueType, axis: number, steps: Dim): ValueType {
  if (!type.shape) return type;
  return { ...type, shape: type.shape.toSpliced(axis < 0 ? axis + type.shape.length + 1 : axis, 0, steps) };
}

/** Control flow: outputs as the subgraphs declare them. */
export const CONTROL: OpTable = { If: branch, Loop: loop, Scan: scan };
