import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveSoc } from '../../../converters/rules/index.ts';
import { measurementsOf } from '../../../device-harness/pack/measurements.ts';
import { readResults } from '../../../device-harness/pack/read-results.ts';
import { type TakenResults, takeResults } from '../../../device-harness/pack/take-results.ts';
import { readTar, writeTar } from '../../../device-harness/pack/tar.ts';
import { writeBundle, type WrittenBundle } from '../../../device-harness/pack/write-bundle.ts';
import type { VirtualPhone } from '../../../device-harness/virtual/android/virtual-phone.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { adbProgram, PhoneBench, RULES, takeBlocks, toyVariant } from '../devices/snapdragon/phone-bench.ts';
import { type ScriptedSdk, scriptedSdk } from '../devices/snapdragon/scripted-sdk.ts';

const temporary = temporaryFolder();
const { soc } = resolveSoc('SM8650');

describe.skipIf(adbProgram === null || process.platform === 'win32')('a bundle for a phone elsewhere (needs adb: dyno setup python)', () => {
  let bench: PhoneBench;
  let scripted: ScriptedSdk;
  let phone: VirtualPhone;
  /** Archives of the first test: results, and the bundle that they are of. */
  let archives: { readonly results: Buffer; readonly bundle: Buffer };
  const variant = toyVariant(temporary('models'));

  beforeAll(async () => {
    bench = await PhoneBench.start(temporary('bench'));
    scripted = scriptedSdk(temporary('sdk'));
    phone = await bench.attach();
  });
  afterAll(() => bench.close());

  /** Packs and unpacks as the person elsewhere does. */
  const unpacked = async (name: string, units: readonly ('htp' | 'cpu')[], rounds = 2): Promise<{ folder: string; bundle: WrittenBundle }> => {
    const out = temporary(`${name}.tar.gz`);
    const bundle = await writeBundle({ variants: [variant], units, soc, sdk: scripted.sdk, perf: 'burst', rules: RULES, rounds, seed: 1, restSeconds: 5, dyno: '0.0.0', out });
    mkdirSync(temporary(name));
    execFileSync('tar', ['-xzf', out, '-C', temporary(name)]);
    return { folder: join(temporary(name), 'dyno-bundle'), bundle };
  };
  const start = (folder: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): { child: ChildProcess; ended: Promise<{ code: number | null; text: string }> } => {
    const child = spawn('sh', ['./run.sh', ...args], { cwd: folder, env: { ...bench.environment, HOME: temporary('home'), ...env }, detached: true });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (data: string) => { text += data; });
    return { child, ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, text }))) };
  };
  const run = (folder: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<{ code: number | null; text: string }> => start(folder, args, env).ended;
  const taken = (folder: string): Promise<TakenResults> => takeResults(readResults(join(folder, 'results.tar.gz')), { sdk: scripted.sdk, environment: bench.environment, typesOf: () => new Map() });

  test('comes back as the records that a phone here gives, called simulated', async () => {
    const { folder, bundle } = await unpacked('whole', ['htp', 'cpu']);
    expect(readFileSync(join(folder, 'README.txt'), 'utf8')).toContain('Qualcomm\'s licence');
    const { code, text } = await run(folder, [phone.serial]);
    expect([code, text]).toEqual([0, expect.stringContaining('results.tar.gz')]);
    const results = readResults(join(folder, 'results.tar.gz'));
    archives = { results: readFileSync(join(folder, 'results.tar.gz')), bundle: readFileSync(bundle.path) };
    expect([results.planId, results.info.chip?.chip, results.info.virtual]).toEqual([bundle.id, 'SM8650', true]);
    const back = await taken(folder);
    expect([back.evidence, back.device, back.failures]).toEqual(['simulated', `android:${phone.serial}`, []]);
    expect(back.finished.map(({ spec }) => [spec.order, spec.unit]).sort()).toEqual(bundle.plan.blocks.map(({ order, unit }) => [order, unit]).sort());
    for (const { outputs } of back.outputs) expect([...(outputs.get('y')?.data ?? [])]).toEqual([...(variant.feed.get('x')?.data ?? [])]);

    const opened = await bench.open(phone, scripted.sdk.root);
    const [here] = await takeBlocks(opened.device, variant, ['htp']);
    await opened.close();
    const there = back.finished.find(({ spec }) => spec.unit === 'htp');
    if (!here?.ok || !there) throw new Error(JSON.stringify(here));
    expect({ ...there.block, startedAt: '', samples: [] }).toEqual({ ...here.block, startedAt: '', samples: [], order: there.block.order, round: there.block.round, warmup: there.block.warmup, acceleratorMs: expect.closeTo(0.605, 2) });
    expect([there.block.firstMs, there.block.loadMs, Math.min(...there.block.samples), Math.max(...there.block.samples)]).toEqual([2, 50, 1, 1.01]);
    expect(there.block.samples.length).toBeGreaterThanOrEqual(20);
    expect([there.effectiveUnit, there.outputSha256]).toEqual(['htp', here.outputSha256]);
    expect({ ...there.settings, link: '' }).toEqual({ ...here.settings, link: '' });
    const measurements = measurementsOf(results.plan, back);
    expect(measurements.map(({ unit, evidence, blocks, inputShapes }) => [unit, evidence, blocks.length, inputShapes])).toEqual([['htp', 'simulated', 2, { x: [1, 2, 3, 4] }], ['cpu', 'simulated', 2, { x: [1, 2, 3, 4] }]]);
  }, 120_000);

  test('stopped in the middle, and the phone gone in the middle: run again, it goes on, and nothing is done twice', async () => {
    const { folder } = await unpacked('broken', ['htp']);
    const blocks = (): string[] => (existsSync(join(folder, 'results/blocks')) ? readdirSync(join(folder, 'results/blocks')).filter((name) => !name.endsWith('.part')) : []);
    const first = start(folder, [phone.serial]);
    await expect.poll(blocks, { timeout: 60_000, interval: 20 }).toEqual(['00000']);
    process.kill(-(first.child.pid as number), 'SIGINT');
    expect(await first.ended).toMatchObject({ code: 130, text: expect.stringContaining('what is finished is kept') });
    const startsThen = scripted.starts().length;
    scripted.fault('slow 4');
    const second = start(folder, [phone.serial]);
    await expect.poll(() => scripted.starts().length, { timeout: 30_000, interval: 20 }).toBeGreaterThan(startsThen);
    await phone.unplug();
    expect(await second.ended).toMatchObject({ code: 2, text: expect.stringMatching(/went away|is not attached/) });
    scripted.fault('');
    await phone.plug();
    await bench.adb.connect(phone.serial);
    const again = scripted.starts().length;
    expect(await run(folder, [phone.serial])).toMatchObject({ code: 0 });
    expect(scripted.starts().length).toBe(again + 1);
    expect((await taken(folder)).finished.map(({ spec }) => spec.order)).toEqual([0, 1]);
    expect(await run(folder, [phone.serial])).toMatchObject({ code: 0 });
    expect(scripted.starts().length).toBe(again + 1);
  }, 120_000);

  test('a tool that fails is a failure with its own words; the other unit is measured', async () => {
    const { folder } = await unpacked('failing', ['htp', 'cpu'], 1);
    scripted.fault('says Failed to create context from binary with err 0x138d');
    const { code } = await run(folder, [phone.serial]);
    scripted.fault('');
    expect(code).toBe(0);
    const back = await taken(folder);
    expect([back.finished, back.failures.map(({ spec }) => spec.unit)]).toEqual([[], ['htp', 'cpu']]);
    expect(back.failures[0]?.output).toContain('0x138d');
  }, 120_000);

  test('a warm phone rests as long as the plan allows; what was measured all the same says so', async () => {
    const { folder } = await unpacked('warm', ['cpu'], 1);
    phone.change({ thermalStatus: 2 });
    const { code, text } = await run(folder, [phone.serial]);
    phone.change({ thermalStatus: 0 });
    expect([code, text]).toEqual([0, expect.stringMatching(/the phone is warm \(thermal status 2\): it rests\n[\s\S]*still warm \(thermal status 2\)/)]);
    expect((await taken(folder)).finished.map(({ block }) => block.disturbed)).toEqual([expect.stringContaining('thermal status 2')]);
  }, 120_000);

  test('says what is in the way before anything is measured', async () => {
    const { folder } = await unpacked('refused', ['htp'], 1);
    const refusal = async (serial: string | null, env: Readonly<Record<string, string>> = {}): Promise<string> => {
      const { code, text } = await run(folder, serial === null ? [] : [serial], env);
      expect(code).toBe(2);
      return text;
    };
    expect(await refusal('nobody')).toContain('nobody is not attached');
    expect(await refusal(phone.serial, { PATH: '/usr/bin:/bin', ANDROID_HOME: '/nowhere' })).toContain('There is no adb here');
    const other = await bench.attach({ soc: 'SM8550' });
    expect(await refusal(null)).toMatch(/^run\.sh: 2 phones are attached: .*\n {2}-> \.\/run\.sh SERIAL/);
    expect(await refusal(other.serial)).toMatch(/The phone has SM8550, and the bundle is for SM8650\.\n {2}-> Pack again/);
    const full = await bench.attach({ soc: 'SM8650', state: { freeBytes: 10e6 } });
    expect(await refusal(full.serial)).toContain('9 MB left');
    const shy = await bench.attach({ soc: 'SM8650' });
    shy.authorize(false);
    await bench.adb.disconnect(shy.serial);
    await bench.adb.connect(shy.serial).catch(() => undefined);
    expect(await refusal(shy.serial)).toMatch(/has not allowed this computer|is offline/);
    const [first] = readdirSync(join(folder, 'store'));
    appendFileSync(join(folder, 'store', first as string), 'x');
    expect(await refusal(phone.serial)).toContain('is not what was packed');
  }, 120_000);

  test('results that were changed, cut off or not finished are refused', async () => {
    const whole = temporary('results.tar.gz');
    writeFileSync(whole, archives.results);
    writeFileSync(temporary('bundle.tar.gz'), archives.bundle);
    const files = new Map([...readTar(whole)]);
    const refusal = async (change: (files: Map<string, Uint8Array>) => void, sealed = false): Promise<string> => {
      const copy = new Map(files);
      change(copy);
      if (sealed) copy.set('results/SHA256SUMS', Buffer.from([...copy].filter(([name]) => !name.endsWith('SHA256SUMS')).map(([name, content]) => `${createHash('sha256').update(content).digest('hex')}  ./${name.slice('results/'.length)}\n`).join('')));
      const path = temporary('changed.tar.gz');
      await writeTar(path, [...copy].map(([name, content]) => ({ name, content })));
      return String((() => { try { readResults(path); return 'read'; } catch (error) { return (error as Error).message; } })());
    };
    const edited = (name: string, by: (text: string) => string) => (copy: Map<string, Uint8Array>): void => void copy.set(name, Buffer.from(by(Buffer.from(copy.get(name) as Uint8Array).toString())));
    expect(await refusal(() => undefined)).toBe('read');
    expect(await refusal(() => undefined, true)).toBe('read');
    expect(await refusal(edited('results/blocks/00001/profile.log', (text) => text.replaceAll('1010', '900')))).toMatch(/blocks\/00001\/profile\.log in .* was changed/);
    expect(await refusal((copy) => void copy.delete('results/blocks/00001/after.txt'))).toContain('lacks blocks/00001/after.txt');
    expect(await refusal((copy) => void copy.set('results/blocks/00009/code.txt', Buffer.from('0')))).toContain('which run.sh did not write');
    expect(await refusal(edited('results/plan.json', (text) => text.replace('"seed": 1', '"seed": 2')), true)).toContain('was changed after it was packed');
    expect(await refusal((copy) => { for (const name of copy.keys()) if (name.includes('/00003/')) copy.delete(name); }, true)).toMatch(/incomplete: launch 4, toy on \w+, is missing/);
    expect(await refusal((copy) => copy.clear())).toContain('holds no results');
    const cut = temporary('cut.tar.gz');
    writeFileSync(cut, readFileSync(whole).subarray(0, 900));
    expect(() => readResults(cut)).toThrow('cannot be read as an archive');
    expect(() => readResults(temporary('none.tar.gz'))).toThrow('there is no such file');
    expect(() => readResults(temporary('bundle.tar.gz'))).toThrow('holds no results of a bundle');
  });
});
