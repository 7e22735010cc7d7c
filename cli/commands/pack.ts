import { resolve } from 'node:path';
import { formatBytes } from '../../reports/model/format.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { plural } from '../ui/numbers.ts';
import { modelRefs, shownPath } from '../work/model-refs.ts';
import { oneStep } from '../work/one-step.ts';

interface PackOptions {
  readonly out?: string;
}

/** `dyno pack`: one archive that measures on a Snapdragon phone elsewhere, with adb and a shell alone. */
export const pack: Handler<PackOptions> = async (args, { out = 'bundle.tar.gz' }, session) => {
  const { config } = await session.resolve();
  const cwd = session.io.cwd();
  const models = modelRefs(args, config, cwd);
  const { packModels } = await import('../work/phones-pack.ts');
  const bundle = await oneStep(session, 'pack', `Pack ${plural(models.length, 'model')} for a phone elsewhere`, async ({ progress }) => {
    const value = await packModels({ models, config, out: resolve(cwd, out), env: session.io.env, signal: session.signal, progress });
    return { value, summary: formatBytes(value.bytes) };
  });
  const { plan, path, bytes, notes } = bundle;
  await session.present({
    json: { path, bytes, id: bundle.id, files: bundle.files, plan, notes },
    text: [
      `${shownPath(path, cwd)}  ${formatBytes(bytes)}: ${plural(plan.blocks.length, 'launch', 'launches')} on ${plan.chip}, with programs of the SDK ${plan.sdk ?? 'of unknown version'}`,
      ...notes.map((note) => `  ${note}`),
      '  On the machine with the phone: tar xzf it, then dyno-bundle/run.sh. Back here: dyno ingest results.tar.gz',
      '  It holds Qualcomm’s programs and libraries: the SDK’s licence says whether and to whom they may be passed on.',
    ].join('\n'),
  });
  return EXIT.ok;
};
