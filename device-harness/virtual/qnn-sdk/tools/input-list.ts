import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DType, NamedArrays, NdArray } from '../../../../models/contracts/index.ts';
import { staticShape, type Value } from '../../../../models/graph/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { dtypeBytes } from '../../../../models/contracts/dtype.ts';
import { ToolFailure } from './documented-tool.ts';

/**
 * Reads an input list: a line for each inference, files with blanks between, `NAME:=` before each where there are several inputs; lines that
 * begin with # or % name outputs. Paths are relative to `cwd`. Every file must have exactly the size of its input. Throws ToolFailure.
 */
export function readInputList(path: string, inputs: readonly Value[], { cwd, native }: { readonly cwd: string; readonly native: boolean }): NamedArrays[] {
  const full = resolve(cwd, path);
  if (!existsSync(full)) throw new ToolFailure(`Could not open input list file: ${path}`);
  const lines = readFileSync(full, 'utf8').split('\n').map((line) => line.trim()).filter((line) => line !== '' && !/^[#%]/.test(line));
  if (lines.length === 0) throw new ToolFailure(`Input list ${path} is empty`);
  return lines.map((line) => {
    const words = line.split(/\s+/);
    if (words.length !== inputs.length) throw new ToolFailure(`Line "${line}" of ${path} has ${words.length} files for ${inputs.length} inputs`);
    return new Map(words.map((word, place): [string, NdArray] => {
      const [, name, file] = /^(.+?):=(.+)$/.exec(word) ?? [null, null, word];
      const input = name === null || name === undefined ? inputs[place] : inputs.find((value) => value.name === name);
      if (!input) throw new ToolFailure(`Input list names ${name}, which is no input of the model`);
      return [input.name, readRaw(resolve(cwd, file as string), input, native)];
    }));
  });
}

function readRaw(path: string, { name, type }: Value, native: boolean): NdArray {
  const dims = staticShape(type) ?? [];
  const stored: DType = native ? (type.dtype ?? 'float32') : 'float32';
  const count = dims.reduce((a, b) => a * b, 1);
  const wanted = dtypeBytes(stored, count);
  if (!existsSync(path)) throw new ToolFailure(`Could not open raw file ${path}`);
  const { size } = statSync(path);
  if (size !== wanted) throw new ToolFailure(`File ${path} has ${size} bytes; input ${name} needs ${wanted}`);
  const read = Tensor.fromBytes(stored, dims, readFileSync(path));
  return stored === type.dtype ? read.toNdArray() : Tensor.of(type.dtype ?? 'float32', dims, read.numbers()).toNdArray();
}
