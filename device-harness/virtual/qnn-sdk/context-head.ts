import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { QnnTensor } from '../../../converters/qnn/artifact.ts';
import { cacheFolder } from '../../../converters/toolchain/environment.ts';

/** What the stand-ins know of a context binary that one of them made. The file itself is Qualcomm's, byte by byte. */
export interface ContextHead {
  readonly graph: string;
  readonly chip: string;
  readonly socModel: number;
  /** Build that the stand-in SDK claims, `v2.51.0.260929`. */
  readonly build: string;
  readonly inputs: readonly QnnTensor[];
  readonly outputs: readonly QnnTensor[];
  /** ONNX file that stands for the compiled graph and names the binary beside itself: what the emulator runs. */
  readonly modelPath: string;
}

/** Keeps the head by the content of the binary, in the cache folder. */
export function rememberContext(binary: string, head: ContextHead, environment: NodeJS.ProcessEnv): void {
  const path = placeOf(binary, environment);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, JSON.stringify(head));
  renameSync(`${path}.${process.pid}`, path);
}

/** The head of a context binary; null for one that no stand-in made. */
export function contextHead(binary: string, environment: NodeJS.ProcessEnv): ContextHead | null {
  const path = placeOf(binary, environment);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ContextHead) : null;
}

function placeOf(binary: string, environment: NodeJS.ProcessEnv): string {
  return join(cacheFolder(environment), 'stand-ins', `${createHash('sha256').update(readFileSync(binary)).digest('hex')}.json`);
}
