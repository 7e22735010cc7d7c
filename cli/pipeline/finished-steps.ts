import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileSafely } from '../write-file.ts';
import { type ArtifactStore, scratchName } from './artifacts.ts';
import type { Json, Step, StepResult } from './step.ts';

/** A finished step as the run directory keeps it. */
export interface Finished {
  readonly hash: string;
  readonly output: Json;
  readonly summary: string;
  readonly outcome?: 'skipped';
}

/** The results in a run directory: one file for each finished step, one folder for each that is not. */
export class FinishedSteps {
  readonly #directory: string;
  readonly #artifacts: ArtifactStore;

  constructor(directory: string, artifacts: ArtifactStore) {
    this.#directory = directory;
    this.#artifacts = artifacts;
    mkdirSync(join(directory, 'steps'), { recursive: true });
  }

  /** A result of the same inputs, if its files are still there. */
  read(step: Step, hash: string): Finished | null {
    const file = this.#fileOf(step);
    if (!existsSync(file)) return null;
    try {
      const finished = JSON.parse(readFileSync(file, 'utf8')) as Finished;
      return finished.hash === hash && artifactPaths(finished.output).every((path) => this.#artifacts.has(path)) ? finished : null;
    } catch {
      return null;
    }
  }

  /** The folder that a step works in. What is in it was written for the same inputs. */
  scratch(step: Step, hash: string): string {
    const folder = this.#scratchOf(step, hash);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /**
   * The result is on disk before the folder with its parts goes: a kill between the two costs nothing. One that was cut short is not written
   * down, and its parts stay, so that a resumed run does the rest.
   */
  write(step: Step, hash: string, { output, summary, outcome, partial }: StepResult): Finished {
    const finished: Finished = { hash, summary, output: JSON.parse(JSON.stringify(output)) as Json, ...(outcome === 'skipped' ? { outcome } : {}) };
    if (partial) return finished;
    writeFileSafely(this.#fileOf(step), `${JSON.stringify(finished)}\n`);
    rmSync(this.#scratchOf(step, hash), { recursive: true, force: true });
    return finished;
  }

  #scratchOf({ id }: Step, hash: string): string {
    return join(this.#directory, 'partial', scratchName(id, hash));
  }

  #fileOf({ id }: Step): string {
    return join(this.#directory, 'steps', `${id.replace(/[^\w.-]+/g, '-')}.json`);
  }
}

/** Every artifact that an output names, at any depth. */
function artifactPaths(output: Json): string[] {
  if (Array.isArray(output)) return output.flatMap(artifactPaths);
  if (typeof output !== 'object' || output === null) return [];
  const { path, sha256 } = output as { path?: unknown; sha256?: unknown };
  const own = typeof path === 'string' && typeof sha256 === 'string' && /^(artifacts|crops)\//.test(path) ? [path] : [];
  return [...own, ...Object.values(output).flatMap(artifactPaths)];
}
