import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FinishedBlock } from '../../device-harness/index.ts';
import type { KeptResults } from '../work/bench-models.ts';
import { writeFileSafely } from '../write-file.ts';
import { hashJson } from './hash.ts';

/** Results of a benchmark as files, one each, so that a run that is killed goes on with the next one. Outputs of blocks are left out. */
export function keptResults(folder: string): KeptResults {
  const blocksOf = (device: string): string => made(join(folder, 'blocks', hashJson(device)));
  const recordOf = (key: readonly string[]): string => join(made(join(folder, 'records')), `${hashJson(key)}.json`);
  const counts = new Map<string, number>();
  return {
    blocks: (device) => {
      const names = readdirSync(blocksOf(device)).filter((name) => name.endsWith('.json')).sort();
      counts.set(device, names.length);
      return names.map((name) => read<FinishedBlock>(join(blocksOf(device), name)) as FinishedBlock);
    },
    addBlock: (device, { outputs: _, ...report }) => {
      const count = counts.get(device) ?? 0;
      counts.set(device, count + 1);
      writeFileSafely(join(blocksOf(device), `${String(count).padStart(5, '0')}.json`), `${JSON.stringify(report)}\n`);
    },
    record: <T>(key: readonly string[]) => read<T>(recordOf(key)),
    addRecord: (key, value) => writeFileSafely(recordOf(key), `${JSON.stringify(value)}\n`),
  };
}

function made(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}

function read<T>(file: string): T | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
