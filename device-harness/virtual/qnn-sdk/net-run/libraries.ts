import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { QnnBackend } from '../../../../converters/qnn/artifact.ts';
import type { ToolCall } from '../tool.ts';
import { ToolFailure } from '../tools/documented-tool.ts';
import type { Phone } from './phone.ts';

export interface LoadedLibrary {
  readonly name: string;
  readonly path: string;
  /** Version of the SDK that it is of. */
  readonly version: string;
}

const BACKENDS: Readonly<Record<string, QnnBackend>> = { 'libQnnHtp.so': 'htp', 'libQnnGpu.so': 'gpu', 'libQnnCpu.so': 'cpu' };

/**
 * Loads a back end as Android's linker and the DSP's loader do. A name without a slash is looked for in LD_LIBRARY_PATH; HTP needs its stub there
 * too, and the skeleton of the chip's Hexagon version in ADSP_LIBRARY_PATH (folders with `;` between them), all of one SDK. `prepare`: the
 * graph is compiled on the phone. Throws ToolFailure in the words of the real libraries.
 */
export function loadBackend(name: string, prepare: boolean, phone: Phone, call: ToolCall): { readonly backend: QnnBackend; readonly library: LoadedLibrary } {
  const library = loadLibrary(name, call);
  const backend = BACKENDS[library.name];
  if (!backend) throw new ToolFailure(`Unable to load backend. ${library.name} is no backend library.`);
  if (backend === 'htp') {
    if (prepare) assertSame(library, loadLibrary('libQnnHtpPrepare.so', call));
    openDsp(library, phone, call);
  }
  return { backend, library };
}

/** Finds and reads a library of an SDK. Throws ToolFailure with the linker's words. */
export function loadLibrary(name: string, call: ToolCall): LoadedLibrary {
  const path = findLibrary(name, call);
  const base = name.split('/').at(-1) as string;
  return { name: base, path, version: versionOf(path, base) };
}

/** Where a library lies: in LD_LIBRARY_PATH, or where its path says. Throws ToolFailure. */
export function findLibrary(name: string, { cwd, environment }: ToolCall): string {
  const folders = name.includes('/') ? [cwd] : (environment['LD_LIBRARY_PATH'] ?? '').split(':').filter((folder) => folder !== '');
  const path = folders.map((folder) => resolve(cwd, folder, name)).find((file) => existsSync(file));
  if (path === undefined) throw new ToolFailure(`dlopen failed: library "${name}" not found`);
  return path;
}

function versionOf(path: string, name: string): string {
  const [magic, head] = readFileSync(path, 'latin1').slice(0, 500).split('\n');
  if (magic !== 'npu-dyno stand-in') throw new ToolFailure(`dlopen failed: "${name}" has bad ELF magic (a virtual phone takes the libraries of a stand-in SDK)`);
  return (JSON.parse(head as string) as { version?: string }).version ?? '';
}

const NO_DEVICE = 'Device Creation failure';

/** Opens the process domain on the DSP: stub, skeleton, versions, signature. */
function openDsp(library: LoadedLibrary, { chip, root, state }: Phone, call: ToolCall): void {
  if (!chip || chip.hexagon < 68) throw new ToolFailure(`No Snapdragon SOC detected\n${NO_DEVICE}`);
  const stub = quietly(() => loadLibrary(`libQnnHtpV${chip.hexagon}Stub.so`, call));
  if (!stub) throw new ToolFailure(`dlopen failed: library "libQnnHtpV${chip.hexagon}Stub.so" not found\nFailed to create transport for device, error: 4000\n${NO_DEVICE}`);
  const skel = `libQnnHtpV${chip.hexagon}Skel.so`;
  const path = skelFolders(call, root).map((folder) => join(folder, skel)).find((file) => existsSync(file));
  if (path === undefined) throw new ToolFailure(`DspTransport.openSession qnn_open failed, 0x80000406, prio 100\nFailed to create transport for device, error: 1008\n${NO_DEVICE}, error: 14001 (${skel} is not in ADSP_LIBRARY_PATH)`);
  if (state.faults?.unsignedDomainRefused) throw new ToolFailure(`DspTransport.openSession qnn_open failed, 0x80000406, prio 100\nunsigned process domain refused\n${NO_DEVICE}, error: 14001`);
  assertSame(library, stub);
  assertSame(library, { name: skel, path, version: versionOf(path, skel) });
}

const USUAL_SKEL_FOLDERS = ['vendor/dsp/cdsp', 'vendor/lib/rfsa/adsp', 'system/lib/rfsa/adsp', 'dsp'];

function skelFolders({ cwd, environment }: ToolCall, root: string): string[] {
  const stated = environment['ADSP_LIBRARY_PATH'];
  return stated === undefined ? USUAL_SKEL_FOLDERS.map((folder) => join(root, folder)) : stated.split(';').filter((folder) => folder !== '').map((folder) => resolve(cwd, folder));
}

function assertSame(expected: LoadedLibrary, { version, name }: LoadedLibrary): void {
  if (expected.version !== version) throw new ToolFailure(`Skel lib id mismatch: expected (v${expected.version}), detected (v${version}) in ${name}\n${NO_DEVICE}`);
}

function quietly<T>(load: () => T): T | null {
  try {
    return load();
  } catch (error) {
    if (error instanceof ToolFailure) return null;
    throw error;
  }
}
