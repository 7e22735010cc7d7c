import { mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CORE_ML_UNITS } from '../../device-harness/devices/iphone/unit-proof.ts';
import { isVirtualIphone } from '../../device-harness/index.ts';
import type { Unit } from '../../device-harness/runner/index.ts';
import { DynoError, UserError } from '../../models/contracts/errors.ts';
import { parseDevice } from '../../models/contracts/selectors.ts';
import { PROBES, UNPROBED } from '../../converters/coreml/probes/catalog.ts';
import { openCoremlToolchain } from '../../converters/coreml/toolchain.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import type { Session } from '../session.ts';
import { probesText } from '../text/probes-text.ts';
import { selftestText } from '../text/selftest-text.ts';
import { plural } from '../ui/numbers.ts';
import { oneStep } from '../work/one-step.ts';
import { writeFileSafely } from '../write-file.ts';

interface SelftestFlags {
  readonly list?: boolean;
  readonly write?: string;
  /** Selector of an iPhone, or its UDID. */
  readonly device?: string;
  /** Core ML's units, with commas between. */
  readonly units?: string;
  /** Rules and golden cases, with commas between. */
  readonly only?: string;
}

const WAYS = [
  'Name an iPhone: dyno selftest --device UDID', 'Without one, to see how it goes: dyno selftest --device virtual:A15', 'See what would be asked: dyno selftest --list',
  'Write the packages, to run them by hand: dyno selftest --write FOLDER',
];

/** `dyno selftest`: for each rule of the Neural Engine a tiny package that asks a device whether it is right, and small packages whose outputs are known. */
export const selftest: Handler<SelftestFlags> = async (_args, { list, write, device, units, only }, session) => {
  if (write !== undefined) return writeAll(write, session);
  if (device !== undefined) return askDevice(device, wordsOf(units ?? 'cpu,gpu,ane'), wordsOf(only ?? ''), session);
  if (!list) throw new UserError('Which device is to be asked?', WAYS);
  await session.present({
    json: { probes: PROBES.map(({ rule, asks, watch, chip = 'A15' }) => ({ rule, asks, watch, chip })), unprobed: UNPROBED },
    text: probesText(session.style, session.columns),
  });
  return EXIT.ok;
};

async function askDevice(device: string, units: readonly string[], only: readonly string[], session: Session): Promise<number> {
  const selector = device.includes(':') || device === 'iphone' ? parseDevice(device) : { kind: 'iphone' as const, id: device };
  if (selector.kind !== 'iphone' && !isVirtualIphone(selector)) {
    throw new UserError(`${device} is no iPhone, and only iPhones answer a self-test.`, ['Name one: --device UDID, or --device virtual:A15.']);
  }
  const stranger = units.find((unit) => !Object.hasOwn(CORE_ML_UNITS, unit));
  if (stranger !== undefined) throw new UserError(`An iPhone has no unit "${stranger}".`, [`Use ${Object.keys(CORE_ML_UNITS).join(', ')}.`]);
  const { selftestDevice } = await import('../work/selftest-device.ts');
  const answer = await oneStep(session, 'selftest', `Ask ${device}`, async ({ progress }) => {
    const value = await selftestDevice({ selector, units: units as readonly Unit[], only, env: session.io.env, signal: session.signal, progress });
    return { value, summary: `${plural(value.rules.length, 'rule')}, ${plural(value.golden.length, 'golden case')}` };
  });
  await session.present({ json: answer, text: selftestText(answer, session.style) });
  return answer.golden.every(({ agrees }) => agrees) ? EXIT.ok : EXIT.failed;
}

function wordsOf(list: string): string[] {
  return list.split(',').map((word) => word.trim()).filter(Boolean);
}

async function writeAll(target: string, session: Session): Promise<number> {
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
