import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { latencyText } from '../text/latency-text.ts';
import { plural } from '../ui/numbers.ts';
import { benchModels } from '../work/bench-models.ts';
import { modelRefs } from '../work/model-refs.ts';
import { oneStep } from '../work/one-step.ts';

/** `dyno bench`: models side by side on a device. */
export const bench: Handler<object> = async (args, _options, session) => {
  const { config } = await session.resolve();
  const models = modelRefs(args, config, session.io.cwd());
  const { measurements, failures, stopped } = await oneStep(
    session,
    'bench',
    `Time ${plural(models.length, 'model')} on ${config.bench.on}`,
    async ({ id, emit }) => {
      const value = await benchModels({ id, models, settings: config.bench, seed: config.seed, emit, signal: session.signal });
      return {
        value,
        summary: plural(
          value.measurements.reduce((sum, { blocks }) => sum + blocks.length, 0),
          'block',
        ),
      };
    },
  );
  const reference = models.length > 1 ? (models[0]?.id ?? null) : null;
  await session.present({
    json: { reference, measurements, failures, stopped },
    text: [
      latencyText(measurements, reference, session.style),
      ...failures.map(({ spec, message }) => `  ${session.style.red('failed')} ${spec.variant} on ${spec.unit}: ${message}`),
    ].join('\n'),
  });
  return failures.length > 0 ? EXIT.couldNotRun : EXIT.ok;
};
