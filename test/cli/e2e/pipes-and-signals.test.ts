import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { fixture, repoRoot } from '../../support/paths.ts';
import { runCli } from '../../support/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'dyno-e2e-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const model = fixture('exports/sesr_m3_op17.onnx');

test('piped, no escape sequence is on either stream: plain lines on stderr, the result on stdout', async () => {
  const out = join(folder, 'small.onnx');
  const { code, stdout, stderr } = await runCli(['rewrite', model, '-t', 'ane', '-o', out]);
  expect(code).toBe(0);
  expect(stdout + stderr).not.toContain('\x1b');
  expect(stderr).toMatch(/^1 step\n\[1\/1\] Rewrite .*\n {6}ok {2}\d+ rewrites?, \d+ → \d+ nodes, verified/);
  expect(stdout).toContain('the same function');
  expect(existsSync(out)).toBe(true);
});

test('jsonl: every line of stdout is an event, the last one the result; stderr is silent', async () => {
  const { stdout, stderr } = await runCli(['rewrite', model, '-t', 'ane', '--dry-run', '--format', 'jsonl']);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string });
  expect(lines.map(({ type }) => type).filter((type) => type !== 'step-progress')).toEqual([
    'run-started',
    'step-started',
    'step-finished',
    'result',
  ]);
  expect(stderr).toBe('');
});

test('a reader that has had enough is no failure', async () => {
  const tsx = join(repoRoot, 'node_modules/tsx/dist/esm/index.mjs');
  const child = spawn(process.execPath, ['--import', tsx, join(repoRoot, 'cli/bin.ts'), 'explain', '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(stderr).toBe('');
  expect(code).toBe(0);
});

test.skipIf(!existsSync('/dev/full'))('a result that cannot be written is one sentence and exit code 2', async () => {
  const tsx = join(repoRoot, 'node_modules/tsx/dist/esm/index.mjs');
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, ['--import', tsx, join(repoRoot, 'cli/bin.ts'), 'check', model, '-t', 'ane'], { stdio: ['ignore', full, 'pipe'] });
  let stderr = '';
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  closeSync(full);
  expect(stderr).toBe('error  Cannot write the output: no space is left.\n');
  expect(code).toBe(2);
});

test('what a later step would stumble over ends a run before it begins, and leaves no run behind', async () => {
  const config = join(folder, 'misspelt.json');
  const settings = [{ quality: { metrics: ['psnr:foo'] } }, { bench: { units: ['gpu'] } }, { rewrite: { skip: ['no-such-rewrite'] } }];
  for (const setting of settings) {
    writeFileSync(config, JSON.stringify({ models: { m: model }, targets: ['ane:A15'], runs: 'misspelt', ...setting }));
    const { code, stdout, stderr } = await runCli(['run', '-c', config], { cwd: folder });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error {2}.*(psnr:foo|gpu|no-such-rewrite)/);
    expect(existsSync(join(folder, 'misspelt')) ? readdirSync(join(folder, 'misspelt')) : []).toEqual([]);
  }
});

test('Ctrl-C while something is timed ends with 130, leaves no half-written file, and the run can be resumed', async () => {
  const config = join(folder, 'dyno.config.json');
  writeFileSync(
    config,
    JSON.stringify({ models: { m: model }, targets: ['ane:A15'], bench: { units: ['cpu:1'], rounds: [2, 2], wait: 0 }, runs: 'runs' }),
  );
  let sent = false;
  const interrupted = await runCli(['run', '-c', config], {
    cwd: folder,
    onOutput: (said, kill) => {
      if (!sent && said.includes('Time ')) {
        sent = true;
        setTimeout(() => kill('SIGINT'), 300);
      }
    },
  });
  expect([interrupted.code, interrupted.signal]).toEqual([130, null]);
  expect(interrupted.stdout).toBe('');
  expect(interrupted.stderr).toMatch(/Interrupted\.\n$/);
  const run = join(folder, 'runs', readdirSync(join(folder, 'runs'))[0] as string);
  expect(existsSync(join(run, 'lock'))).toBe(false);
  expect(readdirSync(run, { recursive: true }).filter((name) => String(name).endsWith('.tmp'))).toEqual([]);

  const resumed = await runCli(['run', '-c', config, '--resume'], { cwd: folder });
  expect(resumed.code).toBe(0);
  expect(resumed.stderr).toMatch(/Rewrite m for ane:A15, fp32\n.*ok, from last time/);
  const report = JSON.parse(readFileSync(join(run, 'report.json'), 'utf8')) as {
    run: { resumed: boolean };
    measurements: { blocks: unknown[] }[];
  };
  expect(report.run.resumed).toBe(true);
  expect(report.measurements.map(({ blocks }) => blocks.length)).toEqual([2, 2]);
  for (const name of ['report.html', 'report.md', 'junit.xml', 'report.sarif', 'report.csv'])
    expect(readFileSync(join(run, name), 'utf8').length, name).toBeGreaterThan(100);
});

test('SIGTERM ends with 143', async () => {
  let sent = false;
  const { code } = await runCli(['bench', model, '--unit', 'cpu:1', '--profile', 'default'], {
    cwd: folder,
    onOutput: (said, kill) => {
      if (!sent && said.includes('Time ')) {
        sent = true;
        kill('SIGTERM');
      }
    },
  });
  expect(code).toBe(143);
});
