import type { EstimatePrecision } from '../../converters/estimate/index.ts';
import { UserError } from '../../models/contracts/errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { estimateText } from '../text/estimate-text.ts';
import { type EstimateOutcome, estimateModel } from '../work/estimate-model.ts';
import { modelRef, shownPath } from '../work/model-refs.ts';
import { oneStep } from '../work/one-step.ts';

interface EstimateOptions {
  readonly precision: EstimatePrecision;
  readonly static?: readonly string[];
  readonly calibrate?: string;
}

/** `dyno estimate`: milliseconds on chips that are not here, with their band. */
export const estimate: Handler<EstimateOptions> = async (args, options, session) => {
  const { config } = await session.resolve();
  const cwd = session.io.cwd();
  const ref = modelRef(args[0] as string, config, cwd);
  const targets = config.targets.filter((target) => target.startsWith('htp'));
  if (targets.length === 0) throw new UserError('No htp target was named.', ['Name a chip: --target htp:SM8650']);
  const { precision, static: shapes = [], calibrate } = options;
  const outcomes = await oneStep(session, 'estimate', `Estimate ${shownPath(ref.path, cwd)} in ${precision}`, async ({ progress }) => {
    const value: EstimateOutcome[] = [];
    for (const target of targets) {
      value.push(await estimateModel({
        ref, target, precision, shapes, calibrate: calibrate === undefined ? null : { named: calibrate, runs: config.runs, cwd }, env: session.io.env,
        progress, signal: session.signal,
      }));
    }
    return { value, summary: '' };
  });
  await session.present({
    json: { model: shownPath(ref.path, cwd), estimates: outcomes },
    text: outcomes.map((outcome) => estimateText(shownPath(ref.path, cwd), outcome, session.style)).join('\n\n'),
  });
  return outcomes.some(({ estimate: { outcome } }) => outcome === 'refused') ? EXIT.couldNotRun : EXIT.ok;
};
