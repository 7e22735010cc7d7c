import { UserError } from '../../models/contracts/errors.ts';
import { explainMetric } from '../../reports/quality/explain-metric.ts';
import { parseMetric } from '../../reports/quality/metric.ts';
import { named } from '../config/settings.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { qualityText } from '../text/quality-text.ts';
import { plural } from '../ui/numbers.ts';
import { executableModels } from '../work/executable-models.ts';
import { explainDifferences } from '../work/explain-differences.ts';
import { judgeQuality } from '../work/judge-quality.ts';
import { modelRefs } from '../work/model-refs.ts';
import { oneStep } from '../work/one-step.ts';
import { openQualityExecutors } from '../work/quality-executors.ts';

interface QualityOptions {
  /** Other than `bench --on` it may name several. */
  readonly on?: string;
  readonly verbose?: boolean;
}

/** `dyno quality`: models on pictures under named protocols, on ONNX Runtime and on emulated chips. */
export const quality: Handler<QualityOptions> = async (args, options, session) => {
  const { config } = await session.resolve();
  const { models, unchanged, notes, close } = await executableModels(modelRefs(args, config, session.io.cwd()));
  for (const note of notes) session.note(note);
  const executors = openQualityExecutors(options.on === undefined ? config.quality.on : named('--on')(options.on), session.io.env);
  try {
    if (executors.missing) throw executors.missing;
    if (!executors.withHost && unchanged.length < models.length) {
      throw new UserError('A Core ML package is scored on this machine only, by translation.', ['Add the host: --on host.']);
    }
    for (const note of executors.notes) session.note(note);
    const { records, scale, refused, differences } = await oneStep(session, 'quality', `Score ${plural(models.length, 'model')}`, async ({ progress }) => {
      const signal = session.signal;
      const outcome = await judgeQuality({ models, config, executors, emulated: ({ id }) => unchanged.some((model) => model.id === id), cropSize: null, signal, progress: (done, total, note) => progress(note, done, total) });
      const found = await explainDifferences({ models: unchanged, config, executors, records: outcome.records, signal, progress: (note) => progress(note) });
      return { value: { ...outcome, differences: found }, summary: `${plural(outcome.records.length, 'value')} at ×${outcome.scale}` };
    });
    const words = options.verbose
      ? ['', ...config.quality.metrics.map((text) => session.style.dim(`  ${text}: ${explainMetric(parseMetric(text))}.`))]
      : [];
    const failures = refused.map(({ model, executor, error }) => ({ model, executor, message: error.message, nextSteps: error.nextSteps }));
    await session.present({
      json: { scale, records, differences, refused: failures },
      text: [qualityText(records, session.style, { refused: failures, differences }), ...words].join('\n'),
    });
    if (refused.length > 0) return EXIT.couldNotRun;
    return differences.some(({ finding }) => finding !== null) ? EXIT.failed : EXIT.ok;
  } finally {
    await executors.close();
    close();
  }
};
