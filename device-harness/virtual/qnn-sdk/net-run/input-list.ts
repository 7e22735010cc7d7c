import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ToolFailure } from '../tools/documented-tool.ts';

/** Files of one inference by the name of the input. */
export type ListedInputs = ReadonlyMap<string, string>;

/**
 * Reads an input list: a line an inference, `name:=path` or paths in the order of the inputs, relative to the folder that the tool runs in. Lines
 * that begin with # or % name outputs and are passed over. Throws ToolFailure for what does not name each input once.
 */
export function readInputList(path: string, cwd: string, inputs: readonly string[]): ListedInputs[] {
  const lines = listLines(path, cwd);
  if (lines.length === 0) throw new ToolFailure(`The input list ${path} names no inputs.`);
  return lines.map((line, number) => listed(line.split(/\s+/), inputs, `${path}, line ${number + 1}`, cwd));
}

function listLines(path: string, cwd: string): string[] {
  try {
    return readFileSync(resolve(cwd, path), 'utf8').split('\n').map((line) => line.trim()).filter((line) => line !== '' && !/^[#%]/.test(line));
  } catch {
    throw new ToolFailure(`Could not open input list: ${path}`);
  }
}

function listed(words: readonly string[], inputs: readonly string[], place: string, cwd: string): ListedInputs {
  if (words.length !== inputs.length) throw new ToolFailure(`${place}: ${words.length} files for ${inputs.length} inputs (${inputs.join(', ')}).`);
  const files = new Map<string, string>();
  for (const [i, word] of words.entries()) {
    const at = word.indexOf(':=');
    const name = at < 0 ? (inputs[i] as string) : word.slice(0, at);
    if (!inputs.includes(name)) throw new ToolFailure(`${place}: the graph has no input ${name}; it has ${inputs.join(', ')}.`);
    if (files.has(name)) throw new ToolFailure(`${place}: input ${name} is named twice.`);
    files.set(name, resolve(cwd, at < 0 ? word : word.slice(at + 2)));
  }
  return files;
}
