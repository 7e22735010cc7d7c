import { resolve } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import { createHostExecutor } from '../../models/run/host-executor.ts';
import { COMPRESSIONS } from '../../converters/compress/spec.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { compressText } from '../text/compress-text.ts';
import { plural } from '../ui/numbers.ts';
import { compressFor } from '../work/compress-model.ts';
import { modelRef, shownPath } from '../work/model-refs.ts';
import { oneStep } from '../work/one-step.ts';

interface CompressOptions {
  readonly as?: string;
  readonly out?: string;
  readonly data?: string;
  readonly static?: readonly string[];
  readonly sensitivity?: boolean;
  readonly details?: boolean;
}

/** `dyno compress`: a smaller form of a model, and what it costs. */
export const compress: Handler<CompressOptions> = async (args, options, session) => {
  const { config } = await session.resolve();
  const cwd = session.io.cwd();
  const ref = modelRef(args[0] as string, config, cwd);
  const spec = options.as;
  if (spec === undefined) throw new UserError('Compress as what?', COMPRESSIONS.map(({ form, title }) => `--as ${form}: ${title}`));
  const out = resolve(cwd, options.out ?? ref.path.replace(/(\.onnx)?$/i, `.${spec.replaceAll(':', '-')}.onnx`));
  const executor = createHostExecutor();
  const outcome = await oneStep(session, 'compress', `Compress ${shownPath(ref.path, cwd)} as ${spec}`, async ({ progress }) => {
    const value = await compressFor({
      ref, spec, out, shapes: options.static ?? [], withPictures: options.data !== undefined, sensitivity: options.sensitivity === true, config, executor, progress, signal: session.signal,
    });
    return { value, summary: `${plural(value.log.steps.length, 'step')} done` };
  }).finally(() => executor.close());
  const about = { model: shownPath(ref.path, cwd), out: shownPath(out, cwd), spec, details: options.details === true };
  const { log, written, ...figures } = outcome;
  await session.present({
    json: { model: about.model, out: about.out, spec, notes: written.notes, ...figures, steps: log.steps },
    text: compressText(outcome, about, session.style),
  });
  return EXIT.ok;
};
