import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs/minimal.js';
import type { NdArray } from '../../models/contracts/ndarray.ts';
import { onnx } from '../../models/onnx/generated/onnx-ml.js';
import { Tensor } from '../../models/onnx/tensor.ts';
import { fixture, repoRoot } from './paths.ts';

/** One of ONNX's own operator tests. Only `kind: 'tensor'` values can be had as arrays. */
export interface NodeSuiteCase {
  readonly name: string;
  readonly modelPath: string;
  readonly rtol: number;
  readonly atol: number;
  readonly inputs: readonly NodeSuiteValue[];
  readonly outputs: readonly NodeSuiteValue[];
}

export interface NodeSuiteValue {
  readonly name: string;
  readonly kind: 'tensor' | 'sequence' | 'optional';
  /** The serialised TensorProto, SequenceProto or OptionalProto. */
  bytes(): Uint8Array;
  /** The tensor; null for other kinds, for strings and for element types without a typed array. */
  array(): NdArray | null;
}

/** The sample that is committed (about 200 small cases). Made by test/fixtures/make-node-suite.py. */
export function nodeSuiteSample(): NodeSuiteCase[] {
  return readCases(fixture('node-suite'));
}

/** All cases (about 1,880), or null where the folder has not been made: `DYNO_NODE_SUITE`, else `.dyno/node-suite`. */
export function nodeSuiteAll(): NodeSuiteCase[] | null {
  const folder = process.env.DYNO_NODE_SUITE ?? join(repoRoot, '.dyno/node-suite');
  return existsSync(join(folder, 'index.json')) ? readCases(folder) : null;
}

interface StoredValue {
  name: string;
  kind: NodeSuiteValue['kind'];
  file?: string;
  data?: string;
}
interface StoredCase {
  name: string;
  rtol: number;
  atol: number;
  inputs: StoredValue[];
  outputs: StoredValue[];
}

function readCases(folder: string): NodeSuiteCase[] {
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as { cases: StoredCase[] };
  return index.cases.map((stored) => ({
    ...stored,
    modelPath: join(folder, `${stored.name}.onnx`),
    inputs: stored.inputs.map((value) => readValue(folder, value)),
    outputs: stored.outputs.map((value) => readValue(folder, value)),
  }));
}

function readValue(folder: string, stored: StoredValue): NodeSuiteValue {
  const bytes = (): Uint8Array =>
    stored.data === undefined ? readFileSync(join(folder, stored.file as string)) : Buffer.from(stored.data, 'base64');
  return { name: stored.name, kind: stored.kind, bytes, array: () => (stored.kind === 'tensor' ? toArray(bytes()) : null) };
}

function toArray(bytes: Uint8Array): NdArray | null {
  const tensor = Tensor.fromProto(onnx.TensorProto.decode(protobuf.Reader.create(bytes)));
  return TYPED.has(tensor.dtype) ? tensor.toNdArray() : null;
}

const TYPED: ReadonlySet<string> = new Set([
  'float32',
  'float64',
  'float16',
  'bfloat16',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'int64',
  'uint64',
  'bool',
]);
