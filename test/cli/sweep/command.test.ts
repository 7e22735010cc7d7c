import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Io } from '../../../cli/io.ts';
import { main } from '../../../cli/main.ts';
import type { SweepReport } from '../../../reports/sweep/sweep-schema.ts';
import { repoRoot } from '../../support/paths.ts';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const folder = temporaryFolder();
const WEIGHTS = join(repoRoot, 'models/zoo/weights/quicksrnet-small-x2-dynamic.onnx');

/** Runs `dyno sweep` in this process in the test's folder. */
async function dyno(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const host = { stdout, stderr, stdin: new PassThrough(), env: {}, cwd: () => folder('.'), exitCode: undefined } as unknown as Io & { exitCode?: number };
  await main(['sweep', ...args], host);
  return { code: host.exitCode, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}

function put(name: string, content: unknown): void {
  writeFileSync(folder(name), JSON.stringify(content, null, 1));
}

const SMALL = { name: 'small', models: { small: { zoo: 'quicksrnet-small' } }, axes: { resolution: '16x16' }, columns: ['parameters', 'macs'], bench: false };

describe('a config', () => {
  test('is sweep.json here, or what is named, or a section of the project’s config, its paths relative to where it stands', async () => {
    expect(await dyno()).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no table to make') });
    mkdirSync(folder('sub'));
    copyFileSync(WEIGHTS, folder('sub/model.onnx'));
    put('dyno.config.json', { sweep: { ...SMALL, models: { small: 'sub/model.onnx' } } });
    put('sub/named.json', { ...SMALL, models: { small: 'model.onnx' } });
    for (const args of [[], ['sub/named.json']]) {
      const { code, stdout } = await dyno(...args, '--json', '-q');
      expect(code).toBe(0);
      expect((JSON.parse(stdout) as SweepReport).rows.map(({ cells }) => cells['parameters']?.value)).toEqual([22_860]);
    }
    put('sweep.json', { ...SMALL, name: 'nearer' });
    await dyno('-q');
    expect(existsSync(folder('.dyno/sweeps/nearer/table.html'))).toBe(true);
  });

  test.each([
    ['an unknown key', { ...SMALL, colums: [] }, 'colums: there is no such setting'],
    ['a figure that is none', { ...SMALL, columns: ['speed'] }, 'There is no figure "speed"'],
    ['selectors that are none', { ...SMALL, columns: ['macs/host'] }, '"macs/host" has selectors that macs does not take'],
    ['an estimate of nothing', { ...SMALL, columns: ['estimate'] }, '"estimate" needs a target'],
    ['a unit that no device has', { ...SMALL, columns: ['latency'], bench: { units: ['npu:7'] } }, 'npu:7'],
    ['a protocol that is none', { ...SMALL, columns: ['quality'], quality: { protocols: ['vmaf'] } }, 'vmaf'],
    ['a name that is a path', { ...SMALL, name: '../up' }, 'letters, digits, dots and dashes'],
  ])('with %s is refused before anything runs', async (_, config, message) => {
    put('sweep.json', config);
    expect(await dyno()).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
    expect(existsSync(folder('.dyno'))).toBe(false);
  });

  test('with a matrix beyond the limit is refused; a dry run shows it and leaves nothing behind', async () => {
    put('sweep.json', { ...SMALL, axes: { resolution: ['16x16', '32x32', '540p'] } });
    expect(await dyno('--limit', '2')).toMatchObject({ code: 2, stderr: expect.stringContaining('3 variants, more than 2') });
    const { code, stdout } = await dyno('--dry-run', '--limit', '3');
    expect([code, stdout.split('\n').filter((line) => line.startsWith('small')).length]).toEqual([0, 3]);
    expect(existsSync(folder('.dyno'))).toBe(false);
  });
});

test('files of every kind are written, and the figures in them are the same', async () => {
  put('sweep.json', SMALL);
  const { code } = await dyno('-q', '--json', '--output', 'html=t.html', '--output', 'md=t.md', '--output', 'csv=t.csv', '--output', 'json=t.json');
  expect(code).toBe(0);
  const { value } = (JSON.parse(readFileSync(folder('t.json'), 'utf8')) as SweepReport).rows[0]?.cells['macs'] as { value: number };
  expect(readFileSync(folder('t.csv'), 'utf8')).toContain(`,macs,${value},count,`);
  expect(readFileSync(folder('t.html'), 'utf8')).toContain('5.82 M');
  expect(readFileSync(folder('t.md'), 'utf8')).toContain('| 5.82 M |');
  expect(value).toBe(16 * 16 * (27 * 32 + 2 * 288 * 32 + 288 * 12));
});

describe('a folder of checkpoints', () => {
  test('is scored as it is; a broken file has a row that says so, and what was scored before is kept', async () => {
    put('sweep.json', { ...SMALL, models: {}, axes: { precision: ['fp32', 'fp16-storage'] } });
    mkdirSync(folder('models'));
    copyFileSync(WEIGHTS, folder('models/epoch-1.onnx'));
    writeFileSync(folder('models/epoch-2.onnx'), 'half a mod');
    const first = await dyno('--watch', 'models', '--once', '--json');
    expect(first.code).toBe(0);
    const rows = (text: string): unknown[] => (JSON.parse(text) as SweepReport).rows.map(({ axes, cells }) => [axes.model, axes.precision, cells['parameters']?.value ?? cells['parameters']?.missing?.includes('is not an ONNX model')]);
    expect(rows(first.stdout)).toEqual([['epoch-1', 'fp32', 22_860], ['epoch-1', 'fp16-storage', 22_860], ['epoch-2', 'fp32', true], ['epoch-2', 'fp16-storage', true]]);

    copyFileSync(WEIGHTS, folder('models/epoch-2.onnx'));
    const second = await dyno('--watch', 'models', '--once', '--json');
    expect(second.stderr).not.toContain('epoch-1 at');
    expect(rows(second.stdout)).toEqual([['epoch-1', 'fp32', 22_860], ['epoch-1', 'fp16-storage', 22_860], ['epoch-2', 'fp32', 22_860], ['epoch-2', 'fp16-storage', 22_860]]);
  });

  test('is watched until somebody ends it', async () => {
    put('sweep.json', { ...SMALL, models: {} });
    mkdirSync(folder('models'));
    let isTold = false;
    const { code, stderr } = await runCli(['sweep', '--watch', 'models'], {
      cwd: folder('.'),
      onOutput: (said, kill) => {
        if (!isTold && said.includes('Watching models')) kill('SIGINT');
        isTold ||= said.includes('Watching models');
      },
    });
    expect(code).toBe(130);
    expect(stderr).toContain('There is no .onnx file in models.');
  });

  test('that is not there is said', async () => {
    put('sweep.json', { ...SMALL, models: {} });
    expect(await dyno('--watch', 'nowhere', '--once')).toMatchObject({ code: 2, stderr: expect.stringContaining('Cannot list') });
  });
});
