import { readFileSync } from 'node:fs';
import type { DType, NdArray } from '../../../../models/contracts/index.ts';
import { type Dim, evaluateDim, formatShape, inferShapes, knownData, Model, type ValueType } from '../../../../models/graph/index.ts';
import { onnx } from '../../../../models/onnx/generated/onnx-ml.js';
import type { ModelProto } from '../../../../models/onnx/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import type { NodeSuiteCase } from '../../../support/node-suite.ts';

export interface Actual {
  readonly dtype: DType;
  readonly dims: readonly number[];
}

/**
 * How an inferred type contradicts what a value really was, or null. Unknown parts contradict nothing; `bindings` are the sizes of that
 * run.
 */
export function contradiction(type: ValueType, actual: Actual, bindings: ReadonlyMap<string, number> = new Map()): string | null {
  const shape = type.shape?.map((dim) => evaluateDim(dim, bindings)) ?? null;
  const seen = `inferred ${type.dtype}${formatShape(type.shape)}, was ${actual.dtype}[${actual.dims}]`;
  if (type.kind !== 'tensor') return `inferred no tensor, was ${actual.dtype}`;
  if (type.dtype !== null && type.dtype !== actual.dtype) return seen;
  if (shape === null) return null;
  const fits = shape.length === actual.dims.length && shape.every((dim, axis) => dim === null || dim === actual.dims[axis]);
  return fits ? null : seen;
}

/** True where nothing is left open: element type, rank and every dimension (as number or expression). */
export function isKnown(type: ValueType): boolean {
  return type.dtype !== null && type.shape !== null && !type.shape.includes(null);
}

export interface CaseReport {
  readonly problems: string[];
  /** Every output came out fully known. */
  readonly known: boolean;
}

/** Infers one case of the ONNX node suite without the declared outputs; `constants`: its inputs are known beforehand. */
export function inferCase(suite: NodeSuiteCase, constants: boolean): CaseReport {
  const proto = unstated(onnx.ModelProto.decode(readFileSync(suite.modelPath)));
  const model = new Model(constants ? withConstants(proto, suite) : proto);
  inferShapes(model);
  const problems = suite.outputs.flatMap((stored, i) => {
    const value = model.graph.outputs[i];
    if (stored.kind !== 'tensor' || !value) return [];
    const tensor = Tensor.fromProto(onnx.TensorProto.decode(stored.bytes()));
    const found = contradiction(value.type, tensor) ?? contradictedElement(knownData(value), stored.array());
    return found ? [`${suite.name}: ${value.name} ${found}`] : [];
  });
  return { problems, known: model.graph.outputs.every((value) => isKnown(value.type)) };
}

/** The first element that is known and was another number, or null. */
export function contradictedElement(elements: readonly Dim[] | null, actual: NdArray | null): string | null {
  if (!elements || !actual) return null;
  const numbers = Tensor.fromNdArray(actual).numbers();
  const wrong = elements.findIndex((element, i) => typeof element === 'number' && !close(element, numbers[i] ?? NaN));
  return wrong < 0 ? null : `element ${wrong} inferred ${elements[wrong]}, was ${numbers[wrong]}`;
}

function close(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) <= 1e-6 * Math.abs(b) || (Number.isNaN(a) && Number.isNaN(b));
}

/** The model without what its file says about outputs and values in between: inference stands alone. */
export function unstated(proto: ModelProto): ModelProto {
  return {
    ...proto,
    graph: { ...proto.graph, valueInfo: [], output: (proto.graph?.output ?? []).map(({ name }) => ({ name: name ?? '' })) },
  };
}

/** The case's inputs as initializers. */
function withConstants(proto: ModelProto, suite: NodeSuiteCase): ModelProto {
  const fixed = suite.inputs.filter((input) => input.kind === 'tensor' && input.name !== '');
  const initializer = fixed.map((input) => Object.assign(onnx.TensorProto.decode(input.bytes()), { name: input.name }));
  const names = new Set(fixed.map((input) => input.name));
  const input = (proto.graph?.input ?? []).filter((info) => !names.has(info.name ?? ''));
  return { ...proto, graph: { ...proto.graph, input, initializer: [...(proto.graph?.initializer ?? []), ...initializer] } };
}
