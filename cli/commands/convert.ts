import { mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { DynoError, UserError } from '../../models/contracts/errors.ts';
import { type ConvertOptions, parseMinIos, parseRenames } from '../../converters/coreml/options.ts';
import { parseWeightScheme } from '../../converters/coreml/compress/weight-scheme.ts';
import { parseFlexibleShape } from '../../converters/coreml/flexible.ts';
import { parseFunctions } from '../../converters/coreml/functions.ts';
import type { ImageRequest } from '../../converters/coreml/images.ts';
import { releaseOf } from '../../converters/coreml/plan.ts';
import { openCoremlToolchain } from '../../converters/coreml/toolchain.ts';
import { parseFaceRequests } from '../../converters/faces/face-request.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import type { Config } from '../config/config.ts';
import { convertSummary, convertText, functionsText } from '../text/convert-text.ts';
import type { RewriteTextOptions } from '../text/rewrite-text.ts';
import { plural } from '../ui/numbers.ts';
import { convertFunctions, type FunctionsOutcome } from '../work/convert-functions.ts';
import type { ConvertJob } from '../work/convert-job.ts';
import { type ConvertOutcome, convertModel } from '../work/convert-model.ts';
import { type ModelRef, modelRefs, shownPath } from '../work/model-refs.ts';
import { oneStep } from '../work/one-step.ts';
import { userFeeds } from '../work/user-feeds.ts';
import { writeFileSafely } from '../write-file.ts';

interface ConvertFlags {
  readonly to: 'coreml';
  readonly out?: string;
  readonly minIos: string;
  readonly precision: 'fp16' | 'fp32';
  readonly keepFp32?: readonly string[];
  readonly ioDtype?: 'fp16' | 'fp32';
  /** False with `--no-input`, which is about asking. */
  readonly input: 'image' | 'tensor' | false;
  readonly imageOutput?: boolean;
  readonly weights?: string;
  readonly weightsAbove?: string;
  readonly outputRange?: string;
  readonly rename?: readonly string[];
  readonly linearAs?: 'linear' | 'conv';
  readonly static?: readonly string[];
  readonly shapes?: readonly string[];
  readonly functions?: readonly string[];
  readonly cutAt?: readonly string[];
  readonly cutFrom?: readonly string[];
  readonly hoistInput?: boolean | string;
  readonly embedNorm?: string;
  readonly face?: string;
  readonly adapter?: string;
  readonly author?: string;
  readonly license?: string;
  readonly modelVersion?: string;
  readonly description?: string;
  readonly inputs?: readonly string[];
  readonly data?: string;
  /** False with `--no-rewrite` and `--no-verify`. */
  readonly rewrite: boolean;
  readonly verify: boolean;
  readonly details?: boolean;
}

/** `dyno convert`: models to Core ML packages, one after the other through one worker. */
export const convert: Handler<ConvertFlags> = async (args, flags, session) => {
  const { config } = await session.resolve();
  const cwd = session.io.cwd();
  const refs = modelRefs(args, config, cwd);
  const options = convertOptions(flags, config);
  const faces = parseFaceRequests({ ...flags, static: undefined });
  const images = imageRequest(flags);
  const shapes = inputShapes(flags);
  const outs = places(refs, flags.out, cwd);
  const toolchain = openCoremlToolchain(session.io.env);
  if (toolchain instanceof DynoError) throw toolchain;
  toolchain.warmUp();
  const host = flags.verify ? (await import('../../models/run/host-executor.ts')).createHostExecutor() : null;
  const functions = flags.functions ? parseFunctions(flags.functions, options.opset) : null;
  if (functions && (flags.static ?? flags.shapes)) throw new UserError('--functions gives each function its sizes.', ['Leave --static and --shapes out.']);
  const results: Converted[] = [];
  try {
    for (const [i, ref] of refs.entries()) {
      const out = outs[i] as string;
      const converted = await oneStep(session, 'convert', `Convert ${shownPath(ref.path, cwd)} for ${options.opset}`, async ({ progress }) => {
        const job: ConvertJob = {
          ref, out, options, faces, images, host, settings: config.rewrite, ...shapes, rewrite: flags.rewrite, seed: config.seed, progress,
          feeds: (model) => userFeeds(model, ref, flags, config, cwd), signal: session.signal,
        };
        const value: Converted = functions ? { ref, functions: await convertFunctions(toolchain, functions, job) } : { ref, outcome: await convertModel(toolchain, job) };
        return { value, summary: summaryOf(value) };
      });
      if ('outcome' in converted) await writeAdapters(flags, converted.outcome, cwd);
      results.push(converted);
    }
  } finally {
    await host?.close();
    await toolchain.close();
  }
  const text = { style: session.style, columns: session.columns, details: flags.details === true };
  await session.present({
    json: { conversions: results.map((result) => asJson(result, cwd)) },
    text: results.map((result) => asText(result, cwd, text)).join('\n\n'),
  });
  return results.flatMap(outcomesOf).some(isFaulty) ? EXIT.failed : EXIT.ok;
};

/** A package of one function, or of several. */
type Converted = { readonly ref: ModelRef } & ({ readonly outcome: ConvertOutcome } | { readonly functions: FunctionsOutcome });

function outcomesOf(result: Converted): readonly ConvertOutcome[] {
  return 'outcome' in result ? [result.outcome] : result.functions.parts.map(({ outcome }) => outcome);
}

function summaryOf(result: Converted): string {
  return 'outcome' in result ? convertSummary(result.outcome) : plural(result.functions.parts.length, 'function');
}

function asJson(result: Converted, cwd: string): object {
  if ('outcome' in result) return plain(result.ref, result.outcome, cwd);
  const { path, bytes, parts } = result.functions;
  return { model: shownPath(result.ref.path, cwd), path, bytes, functions: parts.map(({ function: { name, shapes }, outcome }) => ({ name, shapes, ...plain(result.ref, outcome, cwd), package: undefined })) };
}

function asText(result: Converted, cwd: string, options: RewriteTextOptions): string {
  const shown = shownPath(result.ref.path, cwd);
  return 'outcome' in result ? convertText(shown, shownPath(result.outcome.package.path, cwd), result.outcome, options) : functionsText(shown, shownPath(result.functions.path, cwd), result.functions, options);
}

function convertOptions(flags: ConvertFlags, config: Config): ConvertOptions {
  const { precision, keepFp32, rename, linearAs, author, license, modelVersion, description } = flags;
  const opset = parseMinIos(flags.minIos);
  const ioDtype = flags.ioDtype ?? (flags.input === 'image' && precision === 'fp16' && releaseOf(opset) >= 16 ? 'fp16' : undefined);
  return {
    opset,
    precision,
    allowDtype: config.rewrite.allow.includes('dtype'),
    ...(keepFp32 ? { keepFp32 } : {}),
    ...(flags.weights === undefined ? {} : { weights: parseWeightScheme(flags.weights) }),
    ...(flags.weightsAbove === undefined ? {} : { weightsAbove: parseCount(flags.weightsAbove) }),
    ...(ioDtype ? { ioDtype } : {}),
    ...(rename ? { rename: parseRenames(rename) } : {}),
    ...(linearAs ? { linearAs } : {}),
    metadata: {
      ...(author === undefined ? {} : { author }), ...(license === undefined ? {} : { license }), ...(modelVersion === undefined ? {} : { version: modelVersion }),
      ...(description === undefined ? {} : { description }),
    },
  };
}

/** With `--shapes`, fixed sizes are ranges of one. */
function inputShapes({ static: fixed = [], shapes = [] }: ConvertFlags): Pick<ConvertJob, 'shapes' | 'flexible'> {
  if (shapes.length === 0) return { shapes: fixed, flexible: new Map() };
  const all = [...shapes, ...fixed].map(parseFlexibleShape);
  const twice = all.find(([name], i) => all.findIndex(([other]) => other === name) !== i);
  if (twice) throw new UserError(`Two shapes are given for "${twice[0]}".`, ['Give one, with --static or with --shapes.']);
  return { shapes: [], flexible: new Map(all) };
}

function parseCount(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new UserError(`"${text}" is no number of elements.`, ['Write --weights-above 2048.']);
}

function imageRequest({ input, imageOutput = false, outputRange }: ConvertFlags): ImageRequest | null {
  if (outputRange !== undefined && !imageOutput) throw new UserError('--output-range says what the pixels of image outputs stand for.', ['Add --image-output, or leave it out.']);
  const range = outputRange === undefined ? null : parseRange(outputRange);
  return input === 'image' || imageOutput ? { input: input === 'image', output: imageOutput, ...(range ? { outputRange: range } : {}) } : null;
}

function parseRange(text: string): readonly [number, number] {
  const [, low, high] = /^(-?[\d.]+)\.\.(-?[\d.]+)$/.exec(text) ?? [];
  if (Number(low) < Number(high)) return [Number(low), Number(high)];
  throw new UserError(`"${text}" is no range.`, ['Write --output-range LOW..HIGH, e.g. 0..1 or -1..1.']);
}

/** Where each package goes: `-o` is a package for one model, a folder for several. */
function places(refs: readonly ModelRef[], out: string | undefined, cwd: string): string[] {
  const name = (ref: ModelRef): string => `${basename(ref.path).replace(/\.onnx$/i, '')}.mlpackage`;
  if (out === undefined) return refs.map((ref) => ref.path.replace(/(\.onnx)?$/i, '.mlpackage'));
  const target = resolve(cwd, out);
  if (refs.length === 1 && target.endsWith('.mlpackage')) return [target];
  if (target.endsWith('.mlpackage')) throw new UserError(`-o names one package, and there are ${refs.length} models.`, ['Name a folder, or leave -o out: each goes beside its model.']);
  const places = refs.map((ref) => join(target, name(ref)));
  const twice = places.find((place, i) => places.indexOf(place) !== i);
  if (twice) throw new UserError(`Two models would be written to ${shownPath(twice, cwd)}.`, ['Convert them one by one.']);
  mkdirSync(target, { recursive: true });
  return places;
}

async function writeAdapters({ adapter }: ConvertFlags, { adapter: bytes, faced }: ConvertOutcome, cwd: string): Promise<void> {
  if (adapter === undefined) return;
  const spec = bytes ?? faced;
  if (!spec) throw new UserError('--adapter describes a changed face, and the face is the model’s own.', ['Leave it out.']);
  const { adapterText, parseAdapterFiles } = await import('../../converters/faces/adapter-files.ts');
  for (const { form, path } of parseAdapterFiles(adapter)) writeFileSafely(path, adapterText(spec, form), cwd);
}

/** fp16 cannot hold something, or the package computes something else. */
function isFaulty({ findings, parity, different }: ConvertOutcome): boolean {
  return findings.length > 0 || different.length > 0 || (parity?.overflows.length ?? 0) > 0;
}

function plain(ref: ModelRef, { plan, compression, ...outcome }: ConvertOutcome, cwd: string): object {
  const stored = compression && { ...compression, tensors: compression.tensors.map(({ values: _, ...tensor }) => tensor) };
  return { model: shownPath(ref.path, cwd), ...outcome, compression: stored, operations: plan.functions.flatMap((f) => f.operations).length, opset: plan.opset };
}
