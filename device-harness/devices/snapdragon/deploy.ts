import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { QnnArtifact, QnnBackend } from '../../../converters/qnn/artifact.ts';
import type { QnnSdk } from '../../../converters/qnn/sdk.ts';
import { UserError } from '../../../models/contracts/errors.ts';
import type { Variant } from '../device.ts';
import { checkArtifact } from './check-artifact.ts';
import { HTP_FILES, levelOneConfig, levelTwoConfig, type PerfMode } from './htp-settings.ts';
import type { PhoneInfo } from './phone-info.ts';
import type { LinkOptions } from './phone-link.ts';
import type { PhoneStore, StoredFile } from './phone-store.ts';
import { rawInput } from './tensors/tensor-form.ts';

export interface DeployRequest {
  readonly variant: Variant;
  readonly unit: QnnBackend;
  readonly info: PhoneInfo;
  readonly sdk: QnnSdk;
  readonly perf: PerfMode;
  /** Folder on this machine for the files that are written for the phone. */
  readonly scratch: string;
  /** Programs of the SDK besides `qnn-net-run`. */
  readonly programs?: readonly string[];
}

/** A model with all that it needs, in one folder on the phone. */
export interface Deployed {
  readonly folder: string;
  readonly artifact: QnnArtifact;
  /** Arguments of `qnn-net-run` that name the model, the back end, its settings and the inputs. */
  readonly args: readonly string[];
  /** Name of the model's file there. */
  readonly model: string;
}

const BACKENDS: Readonly<Record<QnnBackend, string>> = { htp: 'libQnnHtp.so', gpu: 'libQnnGpu.so', cpu: 'libQnnCpu.so' };

/** The artifact of a variant for a unit. Throws UserError where it has none, with the reason where that is known. */
export function artifactOf(variant: Variant, unit: string): QnnArtifact {
  const artifact = variant.artifacts?.get(unit);
  if (artifact) return artifact;
  throw new UserError(`Nothing was made of ${variant.id} for ${unit}.`, ['dyno convert MODEL --to qnn, or dyno compile MODEL --target htp:CHIP, make what a phone runs.']);
}

/** Brings a variant onto a phone: only what is not there already is sent. Throws UserError before anything is sent where it cannot run there. */
export async function deploy(store: Pick<PhoneStore, 'folder'>, request: DeployRequest, options: LinkOptions = {}): Promise<Deployed> {
  const { variant, unit, info, sdk, perf, scratch, programs = [] } = request;
  const artifact = artifactOf(variant, unit);
  const runtime = checkArtifact(artifact, unit, info, sdk);
  mkdirSync(scratch, { recursive: true });
  const written: StoredFile[] = [];
  const write = (name: string, content: string | Uint8Array): void => {
    writeFileSync(join(scratch, name), content);
    written.push({ local: join(scratch, name), name });
  };
  writeInputs(variant, artifact, write);
  if (unit === 'htp' && info.chip) {
    const settings = { perf, graph: artifact.graph, hexagon: info.chip.hexagon, socModel: info.chip.socModel, prepares: artifact.form !== 'context-binary' };
    write(HTP_FILES.levelOne, JSON.stringify(levelOneConfig()));
    write(HTP_FILES.levelTwo, JSON.stringify(levelTwoConfig(settings)));
  }
  const model = modelName(artifact);
  const tools = programs.map((name) => ({ local: join(sdk.root, 'bin', 'aarch64-android', name), name, executable: true }));
  const folder = await store.folder(`models/${artifact.sha256.slice(0, 16)}-${unit}`, [...runtime, ...tools, ...written, { local: artifact.path, name: model }], options);
  const args = [
    ...modelArguments(artifact, model), '--backend', BACKENDS[unit], '--input_list', 'input_list.txt', '--use_native_input_files', '--use_native_output_files',
    ...(unit === 'htp' ? ['--config_file', HTP_FILES.levelOne] : []),
  ];
  return { folder, artifact, args, model };
}

function writeInputs(variant: Variant, { inputs }: QnnArtifact, write: (name: string, content: string | Uint8Array) => void): void {
  const words: string[] = [];
  for (const [index, tensor] of inputs.entries()) {
    const array = variant.feed.get(tensor.onnxName);
    if (!array) throw new UserError(`There is no value for the input "${tensor.onnxName}" of ${variant.id}.`, [`Values there are: ${[...variant.feed.keys()].join(', ')}.`]);
    const name = `input_${index}.raw`;
    write(name, rawInput(array, tensor));
    words.push(`${tensor.name}:=${name}`);
  }
  write('input_list.txt', `${words.join(' ')}\n`);
}

/** The tools tell a model library by its name. */
function modelName({ form, path }: QnnArtifact): string {
  if (form === 'model-library') return basename(path);
  return form === 'dlc' ? 'model.dlc' : 'model.bin';
}

function modelArguments({ form }: QnnArtifact, model: string): string[] {
  if (form === 'context-binary') return ['--retrieve_context', model];
  return form === 'dlc' ? ['--model', 'libQnnModelDlc.so', '--dlc_path', model] : ['--model', model];
}
