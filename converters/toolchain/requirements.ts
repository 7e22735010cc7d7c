import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BugError } from '../../models/contracts/index.ts';

/** What an environment is made of. */
export interface Requirements {
  /** Begins the name of its folder. */
  readonly name: 'python' | 'openvino';
  /** For people: `The Python environment`. */
  readonly title: string;
  /** Every package with its version and hashes, indirect ones too. */
  readonly file: string;
  /** Variable that names a folder of one's own. */
  readonly variable: 'DYNO_PYTHON_ENV' | 'DYNO_OPENVINO_ENV';
  readonly command: 'dyno setup python' | 'dyno setup openvino';
  /** What it takes on disk; as much again while it is made. */
  readonly bytes: number;
  /** Packages that the file leaves out although others ask for them stay out. */
  readonly closed: boolean;
}

/** The vendors' libraries: coremltools, Qualcomm's compiler, adb. */
export function vendorRequirements(): Requirements {
  return { name: 'python', title: 'The Python environment', file: join(pythonFolder(), 'requirements.txt'), variable: 'DYNO_PYTHON_ENV', command: 'dyno setup python', bytes: 0.8e9, closed: false };
}

/** OpenVINO, without the package that reports to its makers. */
export function openVinoRequirements(): Requirements {
  return { name: 'openvino', title: 'OpenVINO\'s environment', file: join(pythonFolder(), 'requirements-openvino.txt'), variable: 'DYNO_OPENVINO_ENV', command: 'dyno setup openvino', bytes: 0.3e9, closed: true };
}

/** Folder with worker.py and the requirements, from sources and builds alike. */
export function pythonFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (let folder = here; ; folder = dirname(folder)) {
    const candidate = join(folder, 'converters', 'toolchain', 'python');
    if (existsSync(join(candidate, 'worker.py')) && existsSync(join(folder, 'package.json'))) return candidate;
    if (dirname(folder) === folder) throw new BugError(`worker.py is not to be found above ${here}.`);
  }
}
