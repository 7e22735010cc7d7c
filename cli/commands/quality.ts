import { resolve } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import type { QualityRecord } from '../../models/contracts/records.ts';
import { qualityChangesFrom } from '../../reports/model/summaries.ts';
import { explainMetric } from '../../reports/quality/explain-metric.ts';
import { METRIC_GRAMMARS, parseMetric } from '../../reports/quality/metric.ts';
import { renderScores } from '../../reports/render/render-csv.ts';
import type { Config } from '../config/config.ts';
import { named } from '../config/settings.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { metricJson, metricsText } from '../text/metrics-text.ts';
import { qualityText } from '../text/quality-text.ts';
import { plural } from '../ui/numbers.ts';
import { executableModels } from '../work/executable-models.ts';
import { explainDifferences } from '../work/explain-differences.ts';
import { judgeQuality } from '../work/judge-quality.ts';
import { type ModelRef, modelRef, modelRefs } from '../work/model-refs.ts';
import { oneStep } from '../work/one-step.ts';
import { qualityDatasets } from '../work/quality-datasets.ts';
import { checkQuality } from '../work/quality-settings.ts';
import { openQualityExecutors } from '../work/quality-executors.ts';
import { writeCrops } from '../work/write-crops.ts';

interface QualityOptions {
  /** Other than `bench --on` it may name several. */
  readonly on?: string;
  readonly verbose?: boolean;
  readonly reference?: string;
  readonly crops?: string;
  readonly cropSize: string;
  readonly cropCount: string;
  readonly perImage?: boolean;
  readonly listMetrics?: boolean;
}

/** `dyno quality`: models on data sets under named metrics, on ONNX Runtime and on emulated chips. */
export const quality: Handler<QualityOptions> = async (args, options, session) => {
  if (options.listMetrics) {
    const json = METRIC_GRAMMARS.map(({ grammar, example }) => ({ grammar, ...metricJson(parseMetric(example)) }));
    await session.present({ json, text: metricsText(session.style, session.columns) });
    return EXIT.ok;
  }
  const worst = windowsOf(options);
  const { config } = await session.resolve();
  checkQuality(config.quality);
  const cwd = session.io.cwd();
  const refs = modelRefs(args, config, cwd);
  const chosen = referenceOf(refs, options.reference, config, cwd);
  const { models: all, unchanged, notes, close } = await executableModels(refs.includes(chosen) ? refs : [...refs, chosen]);
  const models = all.slice(0, refs.length);
  const reference = all[refs.includes(chosen) ? refs.indexOf(chosen) : refs.length] as ModelRef;
  const original = models.filter((model) => unchanged.includes(model));
  for (const note of notes) session.note(note);
  const executors = openQualityExecutors(options.on === undefined ? config.quality.on : named('--on')(options.on), session.io.env);
  try {
    if (executors.missing) throw executors.missing;
    if (!executors.withHost && original.length < models.length) {
      throw new UserError('A Core ML package is scored on this machine only, by translation.', ['Add the host: --on host.']);
    }
    for (const note of executors.notes) session.note(note);
    const outcome = await oneStep(session, 'quality', `Score ${plural(models.length, 'model')}`, async ({ progress }) => {
      const signal = session.signal;
      const judged = await judgeQuality({
        models, reference, config, executors, emulated: ({ id }) => unchanged.some((model) => model.id === id), cropSize: null, worst, signal,
        progress: (done, total, note) => progress(note, done, total),
      });
      const images = qualityDatasets(config)[0]?.images ?? null;
      const differences = await explainDifferences({
        models: original, config: { ...config, images }, executors, records: judged.records, signal, progress: (note) => progress(note),
      });
      return { value: { ...judged, differences }, summary: `${plural(judged.records.length, 'value')} at ×${judged.scale}` };
    });
    const { scale, records, windows, differences } = outcome;
    const changes = qualityChangesFrom(records, () => reference.id);
    const crops = options.crops === undefined ? null : await writeCrops(windows, resolve(cwd, options.crops));
    if (crops) session.note(`${plural(crops.length, 'window')} written to ${options.crops}`);
    const refused = outcome.refused.map(({ model, executor, error }) => ({ model, executor, message: error.message, nextSteps: error.nextSteps }));
    const words = options.verbose ? ['', ...explained(records).map(session.style.dim)] : [];
    await session.present({
      json: { scale, reference: reference.id, records, changes, differences, refused, ...(crops ? { crops } : {}) },
      text: [qualityText(records, session.style, { changes, refused, differences, perImage: options.perImage === true }), ...words].join('\n'),
      kinds: { csv: () => renderScores(records) },
    });
    if (refused.length > 0) return EXIT.couldNotRun;
    return differences.some(({ finding }) => finding !== null) ? EXIT.failed : EXIT.ok;
  } finally {
    await executors.close();
    close();
  }
};

/** The model that others are compared with: one of those that are scored, or another one. */
function referenceOf(refs: readonly ModelRef[], said: string | undefined, config: Config, cwd: string): ModelRef {
  if (said === undefined) return refs[0] as ModelRef;
  return refs.find(({ id, path }) => id === said || path === resolve(cwd, said)) ?? modelRef(said, config, cwd);
}

function windowsOf({ crops, cropSize, cropCount }: QualityOptions): { size: number; count: number } | null {
  return crops === undefined ? null : { size: wholeNumber('--crop-size', cropSize, 8), count: wholeNumber('--crop-count', cropCount, 1) };
}

function explained(records: readonly QualityRecord[]): string[] {
  return [...new Set(records.map(({ protocol }) => protocol))].map((name) => `  ${name}: ${explainMetric(parseMetric(name))}.`);
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new UserError(`${option} is "${text}", not a whole number of at least ${least}.`, [`Write e.g. ${option} ${Math.max(least, 96)}.`]);
}
