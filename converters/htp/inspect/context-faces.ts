import { readFileSync } from 'node:fs';
import { dataTypeOf, type QnnDataType } from '../../qnn/data-types.ts';
import { type FlatTable, flatNumber, flatString, flatTable, flatVector, follow } from './flat-table.ts';

/** A graph of a context binary, with its inputs and outputs as a runtime asks for them. */
interface ContextGraph {
  readonly name: string;
  readonly inputs: readonly ContextTensor[];
  readonly outputs: readonly ContextTensor[];
}

export interface ContextTensor {
  readonly name: string;
  readonly type: QnnDataType;
  readonly dims: readonly number[];
  /** real = (integer + offset) · scale, of fixed-point types with one scale. */
  readonly scale: number | null;
  readonly offset: number | null;
}

export interface ContextFaces {
  readonly build: string;
  /** Number of the chip, as `soc_model` takes it. */
  readonly socModel: number;
  readonly graphs: readonly ContextGraph[];
  /** Names of the graphs' operations, as the compiler has them: those of the ONNX nodes with `_token_N` behind them. */
  readonly operations: readonly string[];
}

/** Header of a context binary: sizes and place of what follows. Its description begins here. */
const DESCRIPTION = 0x28;
const LONGEST_DESCRIPTION = 1 << 24;

/**
 * Reads the description at the start of a context binary. It is a FlatBuffers message without a published schema: positions of fields are those
 * that were seen in binaries of QAIRT 2.51, and every value is checked for sense. Null for other files and for layouts that differ.
 */
export function readContextFaces(path: string): ContextFaces | null {
  const bytes = readFileSync(path);
  try {
    return readDescription(bytes);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const BUILD = /^v\d+\.\d+\.\d+\.\d{6,}/;

function readDescription(bytes: Buffer): ContextFaces | null {
  const length = Number(bytes.readBigUInt64LE(0x10));
  if (length === 0 || length > LONGEST_DESCRIPTION) return null;
  const outer = flatTable(bytes, follow(bytes, DESCRIPTION));
  const fields = info(bytes, outer);
  const build = flatString(bytes, required(fields[1]));
  if (!BUILD.test(build)) return null;
  const graphs = flatVector(bytes, required(fields[10])).map((at) => readGraph(bytes, at));
  const sound = graphs.length > 0 && graphs.every(({ inputs, outputs }) => inputs.length > 0 && outputs.length > 0);
  return sound ? { build, socModel: flatNumber(bytes, fields[16]), graphs, operations: operationsIn(bytes) } : null;
}

/** A table within a table that says its version: `{ version, kind, content }`. */
function info(bytes: Buffer, outer: FlatTable): FlatTable {
  return flatTable(bytes, follow(bytes, required(flatTable(bytes, follow(bytes, required(outer[0])))[2])));
}

function readGraph(bytes: Buffer, at: number): ContextGraph {
  const wrapper = flatTable(bytes, follow(bytes, at));
  const content = flatTable(bytes, follow(bytes, required(wrapper[2])));
  const body = flatTable(bytes, follow(bytes, required(content[0])));
  const core = flatTable(bytes, follow(bytes, required(body[0])));
  const tensors = (field: number): ContextTensor[] => flatVector(bytes, required(core[field])).map((place) => readTensor(bytes, place));
  return { name: flatString(bytes, required(core[0])), inputs: tensors(2), outputs: tensors(4) };
}

const SCALE_OFFSET = 0;
const DEFINED = 1;

function readTensor(bytes: Buffer, at: number): ContextTensor {
  const fields = flatTable(bytes, follow(bytes, at));
  const type = dataTypeOf(flatNumber(bytes, fields[3]));
  const dims = flatVector(bytes, required(fields[7])).map((place) => bytes.readUInt32LE(place));
  if (type === null || dims.some((dim) => dim === 0) || dims.length !== flatNumber(bytes, fields[6])) throw new RangeError('not a tensor as it is known');
  const quantized = flatNumber(bytes, fields[4]) === DEFINED && flatNumber(bytes, fields[5]) === SCALE_OFFSET;
  const pair = quantized ? flatTable(bytes, follow(bytes, required(fields[15]))) : null;
  return {
    name: flatString(bytes, required(fields[9])), type, dims,
    scale: pair ? bytes.readFloatLE(required(pair[0])) : null, offset: pair ? (pair[1] === null || pair[1] === undefined ? 0 : bytes.readInt32LE(pair[1])) : null,
  };
}

function required(at: number | null | undefined): number {
  if (at === null || at === undefined) throw new RangeError('a field that was always there is not');
  return at;
}

const MARK = Buffer.from('_token_');

/** They stand in the binary as text, the last one first. */
function operationsIn(bytes: Buffer): string[] {
  const names = new Set<string>();
  for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + 1)) {
    let start = at;
    while (start > 0 && isPrintable(bytes[start - 1] as number)) start--;
    const number = /^_token_\d+(?:_\d+)?(?!\w)/.exec(bytes.toString('latin1', at, at + LONGEST_MARK))?.[0];
    if (number !== undefined && start < at) names.add(bytes.toString('latin1', start, at) + number);
  }
  return [...names].reverse();
}

const LONGEST_MARK = 32;

function isPrintable(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f;
}
