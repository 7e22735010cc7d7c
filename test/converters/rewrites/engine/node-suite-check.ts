import { rewriteModel } from '../../../../converters/rewrites/engine.ts';
import type { Precision } from '../../../../converters/rewrites/rewrite.ts';
import { resolveTarget } from '../../../../converters/rules/resolve-target.ts';
import type { NamedArrays, NdArray } from '../../../../models/contracts/index.ts';
import { Model } from '../../../../models/graph/index.ts';
import { encodeModel, type ModelProto, readModel, Tensor } from '../../../../models/onnx/index.ts';
import type { NodeSuiteCase } from '../../../support/node-suite.ts';
import { runOrt } from '../../../support/ort.ts';

export const RECIPES: readonly (readonly [target: string, precision: Precision])[] = [
  ['host', 'fp32'],
  ['ane', 'fp16'],
  ['htp', 'fp16'],
  ['htp', 'w8a8'],
];

export interface SuiteOutcome {
  /** What went wrong, as a line each; empty when nothing did. */
  readonly problems: string[];
  readonly changed: boolean;
  /** True when the original and the rewritten model were run and compared. */
  readonly compared: boolean;
}

/** Puts one of ONNX's operator tests through a recipe: signature, opset and IR kept, results kept where ONNX Runtime runs the original, second run without change. */
export async function checkCase(suite: NodeSuiteCase, target: string, precision: Precision): Promise<SuiteOutcome> {
  const before = readModel(suite.modelPath).proto;
  const bytes = encodeModel(before);
  const after = (await rewriteOnce(before, target, precision)).toProto();
  const changed = !Buffer.from(encodeModel(after)).equals(Buffer.from(bytes));
  if (!changed) return { problems: [], changed, compared: false };
  const problems = signatureProblems(before, after);
  const again = (await rewriteOnce(after, target, precision)).toProto();
  if (!Buffer.from(encodeModel(again)).equals(Buffer.from(encodeModel(after)))) problems.push('a second run changed it');
  const compared = await compareRuns(suite, before, after, problems);
  return { problems: problems.map((text) => `${suite.name} for ${target} ${precision}: ${text}`), changed, compared };
}

async function rewriteOnce(proto: ModelProto, target: string, precision: Precision): Promise<Model> {
  return (await rewriteModel(new Model(proto), { target: resolveTarget(target), precision, verify: 'off' })).model;
}

function signatureProblems(before: ModelProto, after: ModelProto): string[] {
  const face = ({ graph, opsetImport, irVersion }: ModelProto): string =>
    JSON.stringify([graph?.input, graph?.output, opsetImport, irVersion], (_, v) => (typeof v === 'bigint' ? String(v) : v));
  return face(before) === face(after) ? [] : ['inputs, outputs, opset or IR changed'];
}

async function compareRuns(suite: NodeSuiteCase, before: ModelProto, after: ModelProto, problems: string[]): Promise<boolean> {
  const feeds = new Map<string, NdArray>();
  for (const value of suite.inputs) {
    const array = value.array();
    if (!array) return false;
    feeds.set(value.name, array);
  }
  let expected: NamedArrays;
  try {
    expected = await runOrt(before, feeds);
  } catch {
    return false;
  }
  try {
    const actual = await runOrt(after, feeds);
    for (const [name, array] of expected) {
      const problem = difference(array, actual.get(name), suite);
      if (problem) problems.push(`"${name}" ${problem}`);
    }
  } catch (error) {
    problems.push(`ONNX Runtime refuses it now: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
  }
  return true;
}

function difference(expected: NdArray, actual: NdArray | undefined, { rtol, atol }: NodeSuiteCase): string | null {
  if (actual?.dtype !== expected.dtype || actual.dims.join() !== expected.dims.join())
    return `is ${actual?.dtype}[${actual?.dims}] instead of ${expected.dtype}[${expected.dims}]`;
  if (!Array.isArray(expected.data) && ArrayBuffer.isView(expected.data)) {
    const [x, y] = [Tensor.fromNdArray(expected).numbers(), Tensor.fromNdArray(actual).numbers()];
    const at = x.findIndex((v, i) => v !== y[i] && !Object.is(v, y[i]) && !(Math.abs(v - (y[i] as number)) <= atol + rtol * Math.abs(v)));
    return at >= 0 ? `has ${y[at]} instead of ${x[at]}` : null;
  }
  return JSON.stringify(expected.data) === JSON.stringify(actual.data) ? null : 'differs';
}
