import { delimiter, dirname, join } from 'node:path';
import { ANDROID_NDK, type QnnSdk } from './sdk.ts';

/** What the SDK's tools find in their environment, said in full: nothing is sourced. */
export interface ToolEnvironment {
  /** Variables that are set as they stand. */
  readonly variables: Readonly<Record<string, string>>;
  /** Folders put before what `PATH` and `LD_LIBRARY_PATH` have. */
  readonly paths: { readonly PATH: readonly string[]; readonly LD_LIBRARY_PATH: readonly string[] };
}

/** The four variables that `envsetup.sh` would set, the NDK where there is one, and the folder of the Python that runs the scripts. */
export function toolEnvironment({ root, host }: QnnSdk, { python, ndk }: { readonly python: string | null; readonly ndk: string | null }): ToolEnvironment {
  const [bin, lib] = [join(root, 'bin', host ?? ''), join(root, 'lib', host ?? '')];
  return {
    variables: { QNN_SDK_ROOT: root, QAIRT_SDK_ROOT: root, PYTHONPATH: join(root, 'lib', 'python'), ...(ndk === null ? {} : { [ANDROID_NDK]: ndk }) },
    paths: { PATH: [bin, ...(python === null ? [] : [dirname(python)]), ...(ndk === null ? [] : [ndk])], LD_LIBRARY_PATH: [lib] },
  };
}

/** The environment of a process. Python's own settings of the user stay out. */
export function processEnvironment({ variables, paths }: ToolEnvironment, base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { PYTHONHOME: _home, PYTHONSTARTUP: _startup, ...kept } = base;
  const before = (name: keyof typeof paths): string => [...paths[name], ...(base[name] ? [base[name]] : [])].join(delimiter);
  return { ...kept, ...variables, PATH: before('PATH'), LD_LIBRARY_PATH: before('LD_LIBRARY_PATH'), PYTHONUNBUFFERED: '1' };
}
