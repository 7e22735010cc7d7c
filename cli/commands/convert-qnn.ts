import { basename, join, resolve } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import { convertWithSdk, scriptOf } from '../../converters/qnn/convert-with-sdk.ts';
import type { SdkResult } from '../../converters/qnn/place-artifact.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { qnnText } from '../text/qnn-text.ts';
import { formatDuration } from '../ui/numbers.ts';
import { readyConversion } from '../work/convert-qnn.ts';
import { type QnnFlags, refuseForeignFlags } from '../work/convert-qnn-flags.ts';
import { type ModelRef, modelRefs, shownPath } from '../work/model-refs.ts';
import { oneStep } from '../work/one-step.ts';

/** `dyno convert --to qnn`: models through the user's own SDK. Exit 1 where operators stayed in float that were to be integers. */
export const convertQnn: Handler<QnnFlags> = async (args, flags, session) => {
  refuseForeignFlags(flags, 'qnn');
  const { config } = await session.resolve();
  const cwd = session.io.cwd();
  const refs = modelRefs(args, config, cwd);
  const outs = places(refs, flags.out, cwd);
  const ready = (ref: ModelRef, i: number, progress: (note: string, done?: number, total?: number | null) => void) =>
    readyConversion({ ref, out: outs[i] as string, flags: workdirOf(ref, refs, flags), config, cwd, env: session.io.env, signal: session.signal, progress });
  if (flags.printCommands) {
    const scripts = [];
    for (const [i, ref] of refs.entries()) {
      const { conversion, notes, close } = await ready(ref, i, () => undefined);
      for (const note of notes) session.note(note);
      const keep = conversion.keep ?? (flags.out === undefined ? null : conversion.out);
      scripts.push(await scriptOf({ ...conversion, keep }).finally(close));
    }
    await session.present({ json: { scripts }, text: scripts.join('\n').trimEnd() });
    return EXIT.ok;
  }
  const results: (SdkResult & { model: string; notes: readonly string[] })[] = [];
  for (const [i, ref] of refs.entries()) {
    const model = shownPath(ref.path, cwd);
    results.push(await oneStep(session, 'convert', `Convert ${model} with the SDK`, async ({ progress }) => {
      const { conversion, notes, close } = await ready(ref, i, progress);
      const made = await convertWithSdk(conversion).finally(close);
      const seconds = made.history.steps.reduce((sum, step) => sum + step.seconds, 0);
      return { value: { ...made, model, notes }, summary: `${made.artifact.form} by ${made.history.steps.length} calls in ${formatDuration(seconds * 1000)}` };
    }));
  }
  await session.present({ json: { conversions: results }, text: results.map((made) => qnnText(made.model, shownPath(made.folder, cwd), made, made.notes, session)).join('\n\n') });
  return results.some(({ history }) => history.fallbacks.length > 0) ? EXIT.failed : EXIT.ok;
};

/** Several models have a work folder each. */
function workdirOf({ path }: ModelRef, refs: readonly ModelRef[], flags: QnnFlags): QnnFlags {
  return flags.keepWorkdir === undefined || refs.length === 1 ? flags : { ...flags, keepWorkdir: join(flags.keepWorkdir, basename(path).replace(/\.onnx$/i, '')) };
}

/** Where each result goes: `-o` is its folder for one model, a folder of folders for several. */
function places(refs: readonly ModelRef[], out: string | undefined, cwd: string): string[] {
  if (out === undefined) return refs.map(({ path }) => path.replace(/(\.onnx)?$/i, '.qnn'));
  if (refs.length === 1) return [resolve(cwd, out)];
  const all = refs.map(({ path }) => join(resolve(cwd, out), `${basename(path).replace(/\.onnx$/i, '')}.qnn`));
  const twice = all.find((place, i) => all.indexOf(place) !== i);
  if (twice) throw new UserError(`Two models would be written to ${shownPath(twice, cwd)}.`, ['Convert them one by one.']);
  return all;
}
