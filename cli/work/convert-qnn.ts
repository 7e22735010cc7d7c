import { readdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import { Model } from '../../models/graph/model.ts';
import { staticShape } from '../../models/graph/types.ts';
import { findNdk } from '../../converters/qnn/build-tools.ts';
import { bitsOf } from '../../converters/qnn/chain-request.ts';
import type { SdkConversion } from '../../converters/qnn/sdk-conversion.ts';
import { findSdkPython } from '../../converters/qnn/sdk-python.ts';
import { ANDROID_NDK, findSdk, type QnnSdk } from '../../converters/qnn/sdk.ts';
import { toolEnvironment } from '../../converters/qnn/tool-environment.ts';
import { processRunner } from '../../converters/qnn/tool-runner.ts';
import { resolveSoc } from '../../converters/rules/resolve-target.ts';
import { parseTarget } from '../../models/contracts/selectors.ts';
import type { Config } from '../config/config.ts';
import { calibrationSet } from './calibration.ts';
import { inputContract, realInputs } from './contract.ts';
import { chainOf, type QnnFlags, timeLimitMs } from './convert-qnn-flags.ts';
import type { ModelRef } from './model-refs.ts';
import { type OpenedModel, openModel } from './open-model.ts';
import { readEncodingsFile } from './read-encodings.ts';
import { userFeeds } from './user-feeds.ts';

export interface QnnJob {
  readonly ref: ModelRef;
  readonly out: string;
  readonly flags: QnnFlags;
  readonly config: Config;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly progress: (note: string, done?: number, total?: number | null) => void;
}

/** A conversion ready to be run or printed, and what the person should know of it. Close it when done. */
export interface ReadyConversion {
  readonly conversion: SdkConversion;
  readonly notes: readonly string[];
  close(): void;
}

/** Finds the SDK and its Python, reads the model and what calibrates it. Throws UserError where anything of it is missing. */
export async function readyConversion(job: QnnJob): Promise<ReadyConversion> {
  const { ref, out, flags, config, cwd, env, signal, progress } = job;
  const sdk = requireSdk(config.phone.sdk, env);
  const ndk = findNdk(env);
  if (flags.form === 'model-library' && ndk === null) throw new UserError('A model library for phones is compiled with the Android NDK.', [`Install r25c or r26c and set ${ANDROID_NDK}; --form context-binary and --form dlc need none.`]);
  const { soc, note } = chipOf(config);
  const python = await findSdkPython(sdk, flags.python ?? null, env);
  const opened = openModel(ref.path, [...(flags.static ?? []), ...(flags.shapes ?? [])]);
  try {
    refuseOpen(opened.model);
    const notes = [...(note ? [note] : []), ...phoneNotes(sdk, soc.hexagon), ...(python.missing.length > 0 ? [`The SDK's Python (${python.executable}) lacks ${python.missing.join(', ')}: the converters import them.`] : [])];
    const conversion: SdkConversion = {
      sdk, python: python.executable, environment: toolEnvironment(sdk, { python: python.executable, ndk: ndk?.root ?? null }), runner: processRunner(env), chain: chainOf(flags, config, sdk), form: flags.form, precision: flags.precision, soc,
      modelPath: ref.path, onnx: opened.onnx, model: opened.model, shapes: givenShapes(opened), feeds: bitsOf(flags.precision) ? await calibrationFeeds(opened.model, job) : null,
      encodings: flags.encodings === undefined ? null : readEncodingsFile(flags.encodings, cwd), preserveIo: flags.preserveIo === true, keep: flags.keepWorkdir === undefined ? null : resolve(cwd, flags.keepWorkdir),
      out, timeoutMs: timeLimitMs(flags.timeLimit), base: env, progress, signal,
    };
    return { conversion, notes, close: opened.close };
  } catch (error) {
    opened.close();
    throw error;
  }
}

function requireSdk(named: string | null, env: NodeJS.ProcessEnv): QnnSdk {
  const sdk = findSdk(named, env);
  if (sdk) return sdk;
  throw new UserError('There is no QNN or QAIRT SDK here.', [
    'Download “Qualcomm AI Runtime SDK” (softwarecenter.qualcomm.com, with an account), unpack it, and name its folder: --sdk DIR or QAIRT_SDK_ROOT.',
    'Without it: dyno compile MODEL --target htp:SM8650 -o DIR makes a context binary with Qualcomm’s compiler on this machine.',
  ]);
}

/** One chip: the tools are told its number. */
function chipOf({ targets }: Config): ReturnType<typeof resolveSoc> {
  const chips = targets.filter((target) => target.startsWith('htp'));
  if (chips.length > 1) throw new UserError(`${chips.join(', ')}: the SDK's tools make a context for one chip.`, ['Name one: --target htp:SM8650.']);
  const selector = chips[0] === undefined ? null : parseTarget(chips[0]);
  return resolveSoc(selector?.kind === 'htp' ? selector.hardware : null);
}

function phoneNotes({ hexagon, version, root }: QnnSdk, wanted: number): string[] {
  return hexagon.length === 0 || hexagon.includes(`v${wanted}`) ? [] : [`SDK ${version ?? root} has no libraries for Hexagon v${wanted} (only ${hexagon.join(', ')}): the phone needs those of another SDK.`];
}

function refuseOpen(model: Model): void {
  const open = realInputs(model).filter(({ type }) => staticShape(type) === null);
  if (open.length === 0) return;
  const flags = open.map(({ name, type }) => `--static ${name}=${(type.shape ?? [null]).map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? 1 : 128)).join('x')}`);
  throw new UserError(`The SDK's tools take static shapes only; open: ${open.map(({ name }) => `"${name}"`).join(', ')}.`, [`Give sizes, such as ${flags.join(' ')}`]);
}

/** Sizes of inputs that the file itself leaves open: those have to be passed on. */
function givenShapes({ onnx, model }: OpenedModel): Map<string, readonly number[]> {
  const stated = new Map(new Model(onnx.proto).graph.inputs.map(({ name, stated: type }) => [name, staticShape(type)]));
  return new Map(realInputs(model).flatMap(({ name, type }) => (stated.get(name) ? [] : [[name, staticShape(type) ?? []] as const])));
}

/** Pictures under the input contract, `.npy` files of a folder, or those named one by one; null for none. */
async function calibrationFeeds(model: Model, { ref, flags, config, cwd, progress }: QnnJob): Promise<readonly NamedArrays[] | null> {
  const named = flags.inputs ? await userFeeds(model, ref, { inputs: flags.inputs }, config, cwd) : [];
  const { images } = config;
  if (images === null) return named.length > 0 ? named : null;
  progress('reading what calibrates');
  if (typeof images === 'string' && holdsArrays(images)) return [...named, ...(await userFeeds(model, ref, { data: images }, config, cwd))];
  const { feeds } = await calibrationSet(model, inputContract(model, ref), { images, most: config.quantize.images, size: config.bench.size });
  return [...named, ...feeds];
}

function holdsArrays(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true && readdirSync(folder).some((file) => file.endsWith('.npy'));
}
