import { resolve } from 'node:path';
import { formatBytes } from '../../reports/model/format.ts';
import type { Config } from '../config/config.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import type { Session } from '../session.ts';
import { plural } from '../ui/numbers.ts';
import { packForIphone, packsForIphone } from '../work/iphones-pack.ts';
import { type ModelRef, modelRefs, shownPath } from '../work/model-refs.ts';
import { oneStep } from '../work/one-step.ts';

interface PackOptions {
  readonly out?: string;
}

/** `dyno pack`: one archive that measures on a phone elsewhere: on a Snapdragon with adb and a shell alone, on an iPhone with the runner app. */
export const pack: Handler<PackOptions> = async (args, { out }, session) => {
  const { config } = await session.resolve();
  const models = modelRefs(args, config, session.io.cwd());
  return packsForIphone(config.targets) ? packIphone(models, config, out ?? 'bundle.dynobundle', session) : packSnapdragon(models, config, out ?? 'bundle.tar.gz', session);
};

async function packSnapdragon(models: readonly ModelRef[], config: Config, out: string, session: Session): Promise<number> {
  const cwd = session.io.cwd();
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
}

async function packIphone(models: readonly ModelRef[], config: Config, out: string, session: Session): Promise<number> {
  const cwd = session.io.cwd();
  const bundle = await oneStep(session, 'pack', `Pack ${plural(models.length, 'model')} for an iPhone elsewhere`, async ({ progress }) => {
    const value = await packForIphone({ models, config, out: resolve(cwd, out), env: session.io.env, signal: session.signal, progress });
    return { value, summary: formatBytes(value.bytes) };
  });
  const { plan, path, bytes, notes, batch } = bundle;
  await session.present({
    json: { path, bytes, id: bundle.id, batch, files: bundle.files, plan, notes },
    text: [
      `${shownPath(path, cwd)}  ${formatBytes(bytes)}: ${plural(plan.blocks.length, 'block')} for ${plan.target}`,
      ...notes.map((note) => `  ${note}`),
      '  Send it to a phone with the runner app (AirDrop, mail, Files), open it there and start the batch.',
      `  The app then shares one file. Back here: dyno ingest ${batch}-results.tar.gz`,
    ].join('\n'),
  });
  return EXIT.ok;
}
