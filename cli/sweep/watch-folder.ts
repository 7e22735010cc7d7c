import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';

/** A checkpoint that lies in the folder, as it is now. */
export interface Checkpoint {
  /** File name without its ending. */
  readonly name: string;
  readonly path: string;
  /** Size and time of change, of the file and of data files that begin with its name: another text is another content. */
  readonly signature: string;
}

/** Every .onnx file of a folder, in the order in which they were changed. Throws UserError where there is no such folder. */
function checkpointsIn(folder: string): Checkpoint[] {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (error) {
    throw new UserError(`Cannot list ${folder}: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}.`, ['Give a folder of .onnx files: --watch DIR.'], { cause: error });
  }
  const found = names.filter((name) => /^[^.].*\.onnx$/i.test(name)).flatMap((file) => {
    const name = file.replace(/\.onnx$/i, '');
    const parts = names.filter((other) => other === file || other.startsWith(`${file}.`) || (other.startsWith(`${name}.`) && !/\.onnx$/i.test(other)));
    const states = parts.flatMap((part) => {
      const state = statSync(join(folder, part), { throwIfNoEntry: false });
      return state?.isFile() ? [{ part, size: state.size, changed: state.mtimeMs }] : [];
    });
    const own = states.find(({ part }) => part === file);
    if (!own) return [];
    return [{ name, path: join(folder, file), signature: states.map(({ part, size, changed }) => `${part} ${size} ${changed}`).join('; '), changed: own.changed }];
  });
  return found.sort((a, b) => a.changed - b.changed || (a.name < b.name ? -1 : 1)).map(({ changed: _, ...checkpoint }) => checkpoint);
}

/** What becomes of a checkpoint that is complete. */
export interface WatchOptions {
  readonly folder: string;
  /** Signatures of what needs no more work, scored or broken. */
  readonly settled: Set<string>;
  /** Scores one; what is wrong with a file is its outcome, not an error. */
  readonly score: (checkpoint: Checkpoint) => Promise<void>;
  /** Waits until it is worth looking again. */
  readonly pause: () => Promise<void>;
  readonly signal: AbortSignal;
  /** Takes files as they are and ends when all are scored. */
  readonly once: boolean;
}

/** Scores every checkpoint that appears, each content once: it is complete when two looks with a pause between find it unchanged. Ends when it is told to. */
export async function watchFolder({ folder, settled, score, pause, signal, once }: WatchOptions): Promise<void> {
  let before = new Set<string>();
  while (!signal.aborted) {
    const found = checkpointsIn(folder).filter(({ signature }) => !settled.has(signature));
    for (const checkpoint of found) {
      if (signal.aborted) return;
      if (!once && !before.has(checkpoint.signature)) continue;
      await score(checkpoint);
      settled.add(checkpoint.signature);
    }
    if (once) return;
    before = new Set(found.map(({ signature }) => signature));
    await pause();
  }
}
