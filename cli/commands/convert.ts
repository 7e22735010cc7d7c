import { mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { DynoError, UserError } from '../../models/contracts/errors.ts';
import { openCoremlToolchain } from '../../converters/coreml/toolchain.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { convertSummary, convertText, functionsText } from '../text/convert-text.ts';
import type { RewriteTextOptions } from '../text/rewrite-text.ts';
import { plural } from '../ui/numbers.ts';
import { type ConvertFlags, readConvertFlags } from '../work/convert-flags.ts';
import { refuseForeignFlags } from '../work/convert-qnn-flags.ts';
import { convertFunctions, type FunctionsOutcome } from '../work/convert-functions.ts';
import type { ConvertJob } from '../work/convert-job.ts';
import { type ConvertOutcome, convertModel } from '../work/convert-model.ts';
import { type ModelRef, modelRefs, shownPath } from '../work/model-refs.ts';
import { oneStep } from '../work/one-step.ts';
import { userFeeds } from '../work/user-feeds.ts';
import { writeFileSafely } from '../write-file.ts';

/** `dyno convert`: models to Core ML packages, one after the other through one worker, or through the user's QNN SDK. */
export const convert: Handler<ConvertFlags & { readonly to: 'coreml' | 'qnn' }> = async (args, flags, session) => {
  if (flags.to === 'qnn') return (await import('./convert-qnn.ts')).convertQnn(args, flags as never, session);
  refuseForeignFlags(flags, 'coreml');
  const { config } = await session.resolve();
  const cwd = session.io.cwd();
  const refs = modelRefs(args, config, cwd);
  const { options, functions, ...asked } = readConvertFlags(flags, config);
  const outs = places(refs, flags.out, cwd);
  const toolchain = openCoremlToolchain(session.io.env);
  if (toolchain instanceof DynoError) throw toolchain;
  toolchain.warmUp();
  const host = flags.verify ? (await import('../../models/run/host-executor.ts')).createHostExecutor() : null;
  const results: Converted[] = [];
  try {
    for (const [i, ref] of refs.entries()) {
      const out = outs[i] as string;
      const converted = await oneStep(session, 'convert', `Convert ${shownPath(ref.path, cwd)} for ${options.opset}`, async ({ progress }) => {
        const job: ConvertJob = {
          ref, out, options, ...asked, host, settings: config.rewrite, rewrite: flags.rewrite, seed: config.seed, progress,
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

/** Where each package goes: `-o` is a package for one model, a folder for several. */
function places(refs: readonly ModelRef[], out: string | undefined, cwd: string): string[] {
  const name = (ref: ModelRef): string => `${basename(ref.path).replace(/\.onnx$/i, '')}.mlpackage`;
  if (out === undefined) return refs.map((ref) => ref.path.replace(/(\.onnx)?$/i, '.mlpackage'));
  const target = resolve(cwd, out);
  if (refs.length === 1 && target.endsWith('.mlpackage')) return [target];
  const other = /\.(mlmodelc?|onnx)$/i.exec(target);
  if (other) throw new UserError(`-o ${shownPath(target, cwd)}: what is made is an ML program, which is saved as .mlpackage.`, [`Write -o ${shownPath(target, cwd).slice(0, -other[0].length)}.mlpackage, or name a folder.`]);
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
