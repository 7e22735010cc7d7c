import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../../models/contracts/index.ts';
import { readModel, writeModel } from '../../models/onnx/index.ts';
import { type AdapterForm, type AdapterSpec, adapterText } from '../faces/index.ts';
import { type Artifact, compileToFolder, type CompileReport } from '../htp/index.ts';
import { htpOptions } from './candidate.ts';
import type { TuneResult } from './tune.ts';
import type { TuneRequest } from './tune-request.ts';

/** What `writeTuned` has made. */
export interface TunedFolder {
  readonly folder: string;
  readonly report: CompileReport;
  readonly artifacts: readonly Artifact[];
  /** All files, relative to the folder. */
  readonly files: readonly string[];
}

const TABLE = 'tune.json';
const FORMS: readonly (readonly [AdapterForm, string])[] = [['json', 'json'], ['typescript', 'ts'], ['swift', 'swift'], ['metal', 'metal'], ['c', 'c']];

/**
 * Writes what a tuning has chosen: the ONNX model as NAME.onnx, adapter code where its face changed, encodings where it was quantized, `compiled/`
 * with the context binary, and `tune.json` with every candidate and what `about` says. The folder appears whole or not at all; one that was made
 * here before is replaced. Throws UserError for a folder of something else, and as `compileToFolder` does.
 */
export async function writeTuned(result: TuneResult, request: TuneRequest, name: string, folder: string, about: Readonly<Record<string, unknown>>): Promise<TunedFolder> {
  const target = resolve(folder);
  refuseForeign(target);
  await mkdir(dirname(target), { recursive: true });
  const temporary = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
  try {
    const { variant, winner, rows, proof } = result;
    await copyModel(variant.path, join(temporary, `${name}.onnx`));
    if (variant.adapter) await writeAdapters(variant.adapter, temporary);
    if (variant.encodings) await writeFile(join(temporary, 'encodings.json'), `${JSON.stringify(variant.encodings, null, 1)}\n`);
    const options = { ...request.fixed, ...htpOptions(winner.candidate.compiler) };
    const { report, artifacts } = await compileToFolder(request.toolchain, { modelPath: join(temporary, `${name}.onnx`), soc: request.soc, options }, join(temporary, 'compiled'));
    await writeFile(join(temporary, TABLE), `${JSON.stringify({ ...about, chip: request.soc.chip, winner: winner.name, modelSha256: variant.sha256, proof, rows }, null, 1)}\n`);
    const files = readdirSync(temporary, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(temporary.length + 1)).sort();
    await rm(target, { recursive: true, force: true });
    await rename(temporary, target);
    return { folder: target, report, artifacts, files };
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** Throws UserError for a folder that holds something else than a tuning. */
export function refuseForeign(target: string): void {
  if (!existsSync(target) || existsSync(join(target, TABLE)) || readdirSync(target).length === 0) return;
  throw new UserError(`${target} holds other files.`, ['Name a folder that does not exist, or one that dyno tune made.']);
}

async function copyModel(from: string, to: string): Promise<void> {
  const onnx = readModel(from);
  try {
    await writeModel(onnx.proto, to, { from: onnx });
  } finally {
    onnx.close();
  }
}

/** Code in every language that there is; where layers were cut away that have no form as steps, the specification names them alone. */
async function writeAdapters(adapter: AdapterSpec, folder: string): Promise<void> {
  await mkdir(join(folder, 'adapter'));
  for (const [form, extension] of FORMS) await writeFile(join(folder, 'adapter', `adapter.${extension}`), adapterText(adapter, form));
}
