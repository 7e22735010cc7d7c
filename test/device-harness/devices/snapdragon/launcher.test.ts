import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LinkLostError } from '../../../../device-harness/adb/link-lost.ts';
import { LAUNCHER_SCRIPT } from '../../../../device-harness/devices/snapdragon/launcher-script.ts';
import { Launcher } from '../../../../device-harness/devices/snapdragon/launcher.ts';
import type { PhoneLink } from '../../../../device-harness/devices/snapdragon/phone-link.ts';
import { PHONE_FOLDER, PhoneStore } from '../../../../device-harness/devices/snapdragon/phone-store.ts';
import { temporaryFolder } from '../../../support/temp-folder.ts';

const path = temporaryFolder();

/** The script in a folder of its own, called as a phone's shell calls it. */
function script(): { runs: string; call: (args: readonly string[], holder?: string) => { status: number | null; stdout: string } } {
  const folder = path();
  const file = join(folder, 'launcher.sh');
  writeFileSync(file, LAUNCHER_SCRIPT);
  return {
    runs: join(folder, 'runs'),
    call: (args, holder) => spawnSync('sh', [file, ...args], { cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'], ...(holder === undefined ? {} : { HOLDER: holder }) } }),
  };
}

async function ended(call: ReturnType<typeof script>['call'], run: string): Promise<string> {
  for (;;) {
    const state = call(['state', run]).stdout.trim();
    if (state.startsWith('ended')) return state;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('a start that comes after another dyno has swept the phone leaves nothing', () => {
  const { runs, call } = script();
  call(['sweep', runs, 'first']);
  call(['sweep', runs, 'second']);
  expect(call(['start', join(runs, 'late'), 'touch', join(runs, 'ran')], 'first')).toMatchObject({ status: 1, stdout: 'another run holds this phone\n' });
  expect(readdirSync(runs)).toEqual([]);
});

test('a program whose phone was swept between its start and itself ends before it begins', () => {
  const { runs, call } = script();
  call(['sweep', runs, 'second']);
  mkdirSync(join(runs, 'late'));
  expect(call(['run', 'start', join(runs, 'late'), 'touch', join(runs, 'ran')], 'first').status).toBe(1);
  expect(readdirSync(runs)).toEqual([]);
});

test('the holder’s programs run, and those of bundles, which hold nothing', async () => {
  const { runs, call } = script();
  call(['sweep', runs, 'first']);
  for (const [name, holder] of [['held', 'first'], ['free', undefined]] as const) {
    expect(call(['start', join(runs, name), 'sh', '-c', 'exit 3'], holder).status).toBe(0);
    expect(await ended(call, join(runs, name))).toBe('ended 3');
  }
  expect(call(['sweep', runs]).stdout).toBe('');
  expect(readdirSync(runs)).toEqual([]);
});

/** A phone that is a folder here; what `loses` names breaks on its way. */
function folderLink(root: string, loses: (command: string) => boolean): PhoneLink {
  const here = (text: string): string => text.replaceAll('/data/local/tmp', join(root, 'data/local/tmp'));
  return {
    serial: 'folder',
    via: 'test',
    shell: async (command) => {
      if (loses(command)) throw new LinkLostError('The connection broke.', 'shell', '', []);
      const { status, stdout, stderr } = spawnSync('sh', ['-c', here(command)], { encoding: 'utf8' });
      return { code: status as number, output: stdout + stderr };
    },
    push: async (local, remote) => copyFileSync(local, here(remote)),
    pull: async (remote, local) => copyFileSync(here(remote), local),
    close: async () => undefined,
  };
}

test('what could not be removed because the link was lost is known, and gone after a sweep', async () => {
  const root = path();
  const runs = join(root, PHONE_FOLDER, 'runs');
  mkdirSync(runs, { recursive: true });
  let broken = false;
  const link = folderLink(root, (command) => broken && command.startsWith('rm -rf'));
  const launcher = new Launcher(link, new PhoneStore(link));
  await launcher.sweep();
  const launch = await launcher.run({ folder: PHONE_FOLDER, command: ['true'], limitMs: 60_000 });
  broken = true;
  await expect(launcher.remove(launch)).rejects.toThrow(LinkLostError);
  expect([launcher.leftovers, readdirSync(runs).length]).toEqual([true, 1]);
  await launcher.sweep();
  expect([launcher.leftovers, readdirSync(runs)]).toEqual([false, []]);
  expect(existsSync(`${runs}.holder`)).toBe(true);
  expect(execFileSync('cat', [`${runs}.holder`], { encoding: 'utf8' })).toMatch(/^[\da-f-]{36}\n$/);
});
