import { resolve } from 'node:path';
import { encodingsText } from '../../converters/encodings/convert.ts';
import { createHostExecutor } from '../../models/run/host-executor.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import type { Session } from '../session.ts';
import { quantizeText } from '../text/quantize-text.ts';
import { plural } from '../ui/numbers.ts';
import { modelRef, modelRefs, shownPath } from '../work/model-refs.ts';
import { oneStep } from '../work/one-step.ts';
import { readBudget } from '../work/quantize-budget.ts';
import { quantizeFor } from '../work/quantize-model.ts';
import { writeFileSafely } from '../write-file.ts';

interface QuantizeOptions {
  readonly out?: string;
  readonly encodings?: string;
  readonly budget?: string;
  readonly sensitivity?: boolean;
  readonly ablation?: boolean;
  readonly test?: string;
  readonly on?: string;
  readonly rows?: string;
  readonly markdown?: string;
}

/** `dyno quantize`: a QDQ model from a float one and pictures; with `--ablation` a table of what each step of quantizing gains. */
export const quantize: Handler<QuantizeOptions> = async (args, options, session) =>
  options.ablation ? ablate(args, options, session) : quantizeOne(args[0] as string, options, session);

async function quantizeOne(model: string, options: QuantizeOptions, session: Session): Promise<number> {
  const { config } = await session.resolve();
  const cwd = session.io.cwd();
  const ref = modelRef(model, config, cwd);
  const { scheme, methods, percentile } = config.quantize;
  const method = methods[0] ?? 'minmax';
  const budget = options.budget === undefined ? null : readBudget(options.budget);
  const out = resolve(cwd, options.out ?? ref.path.replace(/(\.onnx)?$/i, `.${scheme}.onnx`));
  const executor = createHostExecutor();
  const outcome = await oneStep(session, 'quantize', `Quantize ${shownPath(ref.path, cwd)} to ${scheme}`, async ({ progress }) => {
    const value = await quantizeFor({ ref, method, config, out, executor, budget, sensitivity: options.sensitivity === true, signal: session.signal, progress });
    return { value, summary: `${plural(value.quantizedNodes, 'node')} quantized` };
  }).finally(() => executor.close());
  const { encodings, ...about } = outcome;
  if (options.encodings !== undefined) writeFileSafely(options.encodings, encodingsText(encodings), cwd);
  const range = method === 'percentile' ? `percentile ${percentile}` : method;
  await session.present({
    json: {
      model: shownPath(ref.path, cwd), out: shownPath(out, cwd), scheme, method: range,
      ...about,
      ...(about.mixed ? { mixed: { ...about.mixed, layers: Object.fromEntries(about.mixed.layers) } } : {}),
    },
    text: quantizeText(outcome, { model: shownPath(ref.path, cwd), out: shownPath(out, cwd), scheme, range, budget }, session.style),
  });
  return outcome.mixed && !outcome.mixed.holds ? EXIT.failed : EXIT.ok;
}

async function ablate(args: readonly string[], options: QuantizeOptions, session: Session): Promise<number> {
  const { config } = await session.resolve();
  const { ablateModels, chosenRows, testSets } = await import('../work/quantize-ablation.ts');
  const { ablationMarkdown } = await import('../text/quantize-ablation-text.ts');
  const cwd = session.io.cwd();
  const refs = modelRefs(args, config, cwd);
  const tests = testSets(options.test, config, cwd);
  const rows = chosenRows(options.rows);
  const tables = await oneStep(session, 'ablation', `Quantize ${plural(refs.length, 'model')} in ${rows.length} ways`, async ({ progress }) => {
    const value = await ablateModels({ refs, config, tests, rows, on: (options.on ?? 'host').split(','), env: session.io.env, progress, signal: session.signal });
    return { value, summary: plural(value.length, 'table') };
  });
  const text = ablationMarkdown(tables);
  if (options.markdown !== undefined) writeFileSafely(options.markdown, text, cwd);
  await session.present({ json: { tables }, text });
  return EXIT.ok;
}
