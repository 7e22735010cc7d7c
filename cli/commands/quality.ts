import { createHostExecutor } from '../../models/run/host-executor.ts';
import { explainProtocol, parseProtocol } from '../../reports/quality/protocol.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { qualityText } from '../text/quality-text.ts';
import { plural } from '../ui/numbers.ts';
import { judgeQuality } from '../work/judge-quality.ts';
import { modelRefs } from '../work/model-refs.ts';
import { oneStep } from '../work/one-step.ts';

/** `dyno quality`: models on pictures under named protocols. */
export const quality: Handler<object> = async (args, options, session) => {
  const { config } = await session.resolve();
  const models = modelRefs(args, config, session.io.cwd());
  const executor = createHostExecutor();
  const { records, scale } = await oneStep(session, 'quality', `Score ${plural(models.length, 'model')}`, async ({ progress }) => {
    const value = await judgeQuality({
      models,
      config,
      executor,
      cropSize: null,
      signal: session.signal,
      progress: (done, total, note) => progress(note, done, total),
    });
    return { value, summary: `${plural(value.records.length, 'value')} at ×${value.scale}` };
  }).finally(() => executor.close());
  const words = options.verbose
    ? ['', ...config.quality.metrics.map((text) => session.style.dim(`  ${text}: ${explainProtocol(parseProtocol(text))}.`))]
    : [];
  await session.present({ json: { scale, records }, text: [qualityText(records, session.style), ...words].join('\n') });
  return EXIT.ok;
};
