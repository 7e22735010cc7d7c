import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import type { QnnArtifact, QnnBackend } from './artifact.ts';
import { ANDROID, type QnnSdk } from './sdk.ts';

/** A file of the SDK that a phone needs beside the model. */
export interface RuntimeFile {
  readonly local: string;
  readonly name: string;
  readonly executable?: boolean;
}

export interface RuntimeRequest {
  readonly backend: QnnBackend;
  readonly form: QnnArtifact['form'];
  /** Hexagon version of the phone, e.g. 75; for HTP only. */
  readonly hexagon: number | null;
  /** With settings for the back end. */
  readonly config: boolean;
}

/** Programs and libraries that have to lie in one folder on the phone. Throws UserError that names what the SDK lacks. */
export function runtimeFiles(sdk: QnnSdk, { backend, form, hexagon, config }: RuntimeRequest): RuntimeFile[] {
  const library = (name: string): RuntimeFile => ({ local: join(sdk.root, 'lib', ANDROID, name), name });
  const files: RuntimeFile[] = [
    { local: join(sdk.root, 'bin', ANDROID, 'qnn-net-run'), name: 'qnn-net-run', executable: true },
    library('libQnnSystem.so'),
    ...(form === 'dlc' ? [library('libQnnModelDlc.so')] : []),
    ...(backend === 'htp' ? htpFiles(sdk, hexagon, form, config, library) : [library(backend === 'gpu' ? 'libQnnGpu.so' : 'libQnnCpu.so')]),
  ];
  const missing = files.filter(({ local }) => !existsSync(local));
  if (missing.length === 0) return files;
  throw new UserError(`The SDK in ${sdk.root} lacks ${missing.map(({ name }) => name).join(', ')}.`, missingSteps(sdk, backend, hexagon));
}

function htpFiles(sdk: QnnSdk, hexagon: number | null, form: QnnArtifact['form'], config: boolean, library: (name: string) => RuntimeFile): RuntimeFile[] {
  if (hexagon === null) throw new UserError('The Hexagon version of this phone is not known.', ['Name its chip: --on android:SERIAL --chip SM8650.']);
  const skel = `libQnnHtpV${hexagon}Skel.so`;
  return [
    library('libQnnHtp.so'), library(`libQnnHtpV${hexagon}Stub.so`), { local: join(sdk.root, 'lib', `hexagon-v${hexagon}`, 'unsigned', skel), name: skel },
    ...(form === 'context-binary' ? [] : [library('libQnnHtpPrepare.so')]), ...(config ? [library('libQnnHtpNetRunExtensions.so')] : []),
  ];
}

function missingSteps(sdk: QnnSdk, backend: QnnBackend, hexagon: number | null): string[] {
  const here = `It has Hexagon ${sdk.hexagon.join(', ') || 'of no version'}.`;
  return backend === 'htp' && !sdk.hexagon.includes(`v${hexagon}`) ? [`${here} Take an SDK that supports v${hexagon}: v79 needs 2.27 or newer, v81 needs 2.42 or newer.`] : ['Install the whole SDK, with its Android parts. dyno doctor qnn lists what is there.'];
}
