import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ANDROID_NDK } from './sdk.ts';

/** An Android NDK. Model libraries for phones are compiled with it; nothing else needs it. */
export interface Ndk {
  readonly root: string;
  /** `25.2.9519653`; null where the folder does not say. */
  readonly revision: string | null;
  /** Releases that the SDK's documentation names: r25c and r26c. */
  readonly documented: boolean;
}

/** The NDK that `ANDROID_NDK_ROOT` names; null where it names none that is there. */
export function findNdk(environment: NodeJS.ProcessEnv): Ndk | null {
  const root = environment[ANDROID_NDK];
  if (!root || !existsSync(root)) return null;
  const file = join(root, 'source.properties');
  const revision = existsSync(file) ? (/Pkg\.Revision\s*=\s*([\d.]+)/.exec(readFileSync(file, 'utf8'))?.[1] ?? null) : null;
  return { root, revision, documented: /^2[56]\./.test(revision ?? '') };
}

/** Path of the clang++ that compiles model libraries for this machine; null where there is none. */
export function findClang(environment: NodeJS.ProcessEnv): string | null {
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, 'clang++')).find((path) => existsSync(path)) ?? null;
}

const LIBRARY_FOLDERS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib', '/lib/x86_64-linux-gnu', '/usr/local/lib'];

/** Path of libc++.so.1, which the SDK's programs are linked with; null where the usual folders have none. */
export function findLibcxx(environment: NodeJS.ProcessEnv): string | null {
  const folders = [...(environment['LD_LIBRARY_PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''), ...LIBRARY_FOLDERS, ...llvmFolders()];
  return folders.map((folder) => join(folder, 'libc++.so.1')).find((path) => existsSync(path)) ?? null;
}

function llvmFolders(): string[] {
  return existsSync('/usr/lib') ? readdirSync('/usr/lib').filter((name) => name.startsWith('llvm-')).map((name) => join('/usr/lib', name, 'lib')) : [];
}
