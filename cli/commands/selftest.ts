import { mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DynoError, UserError } from '../../models/contracts/errors.ts';
import { PROBES, UNPROBED } from '../../converters/coreml/probes/catalog.ts';
import { openCoremlToolchain } from '../../converters/coreml/toolchain.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { probesText } from '../text/probes-text.ts';
import { oneStep } from '../work/one-step.ts';
import { writeFileSafely } from '../write-file.ts';

interface SelftestFlags {
  readonly list?: boolean;
  readonly write?: string;
}

/** `dyno selftest`: for each rule of the Neural Engine a tiny package that asks a device whether it is right. */
export const selftest: Handler<SelftestFlags> = async (_args, { list, write }, session) => {
  if (write !== undefined) return writeAll(write, session);
  if (!list) throw new UserError('No device answers a self-test yet.', ['See what would be asked: dyno selftest --list', 'Write the packages, to run them by hand: dyno selftest --write FOLDER']);
  await session.present({
    json: { probes: PROBES.map(({ rule, asks, watch, chip = 'A15' }) => ({ rule, asks, watch, chip })), unprobed: UNPROBED },
    text: probesText(session.style, session.columns),
  });
  return EXIT.ok;
};

async function writeAll(target: string, session: Parameters<Handler<SelftestFlags>>[2]): Promise<number> {
  const folder = resolve(session.io.cwd(), target);
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0) throw new UserError(`${target} is not empty.`, ['Name a new folder.']);
  const toolchain = openCoremlToolchain(session.io.env);
  if (toolchain instanceof DynoError) throw toolchain;
  const [{ createHostExecutor }, { writeProbes }] = await Promise.all([import('../../models/run/host-executor.ts'), import('../../converters/coreml/probes/write-probes.ts')]);
  const host = createHostExecutor();
  try {
    const probes = await oneStep(session, 'selftest', `Write ${PROBES.length} probes and their controls`, async ({ progress }) => {
      const value = await writeProbes(toolchain, host, folder, (done, of, rule) => progress(rule, done, of), session.signal);
      return { value, summary: `${2 * value.length} packages` };
    });
    writeFileSafely(join(folder, 'probes.json'), `${JSON.stringify({ version: 1, probes }, null, 1)}\n`);
    await session.present({ json: { folder, probes }, text: `${2 * probes.length} packages, their inputs and expected outputs, and probes.json are in ${target}` });
    return EXIT.ok;
  } finally {
    await host.close();
    await toolchain.close();
  }
}
