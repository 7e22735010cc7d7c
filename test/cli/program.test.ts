import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { Io } from '../../cli/io.ts';
import { main } from '../../cli/main.ts';
import { fixture } from '../support/paths.ts';

interface Said {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program in this process on streams that are no terminals. */
async function dyno(args: readonly string[], env: Record<string, string> = {}, cwd = tmpdir()): Promise<Said> {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const host = { ...streams, stdin: new PassThrough(), env, cwd: () => cwd, exitCode: undefined } as unknown as Io & { exitCode?: number };
  await main(args, host);
  const text = (stream: PassThrough): string => String(stream.read() ?? '');
  return { code: host.exitCode, stdout: text(streams.stdout), stderr: text(streams.stderr) };
}

const shuffled = fixture('exports/unshuffle_ultra_op17.onnx');

test('without arguments, and with --help, it says what there is and ends well', async () => {
  for (const args of [[], ['--help']]) {
    const { code, stdout, stderr } = await dyno(args);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    for (const command of [
      'check',
      'rewrite',
      'quantize',
      'bench',
      'quality',
      'run',
      'report',
      'gate',
      'inspect',
      'diff',
      'explain',
      'doctor',
      'init',
      'config',
    ])
      expect(stdout).toContain(`\n  ${command}`);
    expect(stdout).toContain('Exit codes: 0 ok');
  }
});

test.each([
  'check',
  'rewrite',
  'quantize',
  'bench',
  'quality',
  'run',
  'report',
  'gate',
  'inspect',
  'diff',
  'explain',
  'doctor',
  'init',
  'config',
])('%s has help with what it takes', async (command) => {
  const { code, stdout } = await dyno([command, '--help']);
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`^Usage: dyno ${command} `));
  expect(stdout).toContain('--output <kind=file>');
});

test.each([
  [['chekc', 'x'], /unknown command 'chekc'.*Did you mean check\?/s],
  [['check', '--taget', 'ane'], /unknown option '--taget'.*Did you mean --target\?/s],
  [['check', 'x.onnx', '--format', 'xml'], /Allowed choices are pretty, plain, json, jsonl/],
  [['inspect'], /missing required argument 'model'/],
  [['check', 'missing.onnx'], /There is no file missing\.onnx/],
  [['check', shuffled, '--target', 'gpu'], /"gpu" is not a target\.\s+→ Use one of: host, ane/],
  [['check', shuffled, '--target', 'ane:A99'], /No Apple chip/],
  [['check', shuffled, '--output', 'nonsense'], /names no file/],
  [['check', shuffled, '--output', 'pdf=x.pdf'], /there is no "pdf" of this\.\s+→ Kinds: json, text/],
  [['rewrite', shuffled, '--only', 'crd-to-dcrr'], /no rewrite "crd-to-dcrr"\.\s+→ Close: permute\/crd-to-dcr/],
  [['rewrite', shuffled, '-o', 'x.onnx', '--target', 'ane,htp'], /-o names one file, and there are 2 targets/],
  [['explain', 'nothing'], /no rule, rewrite or metric "nothing"/],
  [['gate'], /There is no run in/],
  [['run', '--resume', 'nowhere'], /There is no run nowhere/],
])('%j cannot run: exit 2, one message on stderr, nothing on stdout', async (args, message) => {
  const { code, stdout, stderr } = await dyno(args);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
  expect(stdout).toBe('');
  expect(stderr).not.toMatch(/\n {4}at /);
});

test('-v adds where it happened', async () => {
  expect((await dyno(['check', 'missing.onnx', '-v'])).stderr).toMatch(/UserError: There is no file[\s\S]*\n {4}at /);
});

test('findings end with 1, and with 0 where they are mild enough', async () => {
  expect((await dyno(['check', shuffled, '-t', 'ane:A15'])).code).toBe(1);
  expect((await dyno(['check', shuffled, '-t', 'ane:A15', '--fail-on', 'none'])).code).toBe(0);
});

test('results are JSON on stdout where asked for, text in a file where asked for', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-output-'));
  const { stdout, stderr, code } = await dyno(
    ['check', shuffled, '-t', 'ane:A15', '--json', '--fail-on', 'none', '--output', 'text=out/check.txt', '--output', 'json=check.json'],
    {},
    folder,
  );
  expect(code).toBe(0);
  const { checks } = JSON.parse(stdout) as {
    checks: { target: string; causes: { severity: string; findings: { node: string; shape: string }[] }[] }[];
  };
  expect(checks[0]).toMatchObject({ target: 'ane:A15', causes: [{ severity: 'blocks-conversion' }] });
  const places = checks[0]?.causes[0]?.findings.map(({ node, shape }) => [node, shape]);
  expect(places).toContainEqual(['/Reshape', '[1, 3, 16, 2, 16, 2]']);
  expect(places).toContainEqual(['/Transpose', '[1, 3, 2, 2, 16, 16]']);
  expect(JSON.parse(readFileSync(join(folder, 'check.json'), 'utf8'))).toEqual(JSON.parse(stdout));
  expect(readFileSync(join(folder, 'out/check.txt'), 'utf8')).toContain('blocks-conversion  Tensor of rank 6 or more');
  expect(stderr).toContain('json written to check.json');
  rmSync(folder, { recursive: true });
});

test('colours come from FORCE_COLOR and go with NO_COLOR and --format plain', async () => {
  const args = ['explain', 'permute/crd-to-dcr'];
  expect((await dyno(args)).stdout).not.toContain('\x1b');
  expect((await dyno(args, { FORCE_COLOR: '1' })).stdout).toContain('\x1b[1m');
  expect((await dyno(args, { FORCE_COLOR: '0', NO_COLOR: '' })).stdout).not.toContain('\x1b');
  expect((await dyno([...args, '--format', 'plain'], { FORCE_COLOR: '1' })).stdout).not.toContain('\x1b');
});

test('DYNO_FORMAT stands for --format, and a wrong one is named', async () => {
  expect(JSON.parse((await dyno(['explain', 'permute/crd-to-dcr'], { DYNO_FORMAT: 'json' })).stdout)).toMatchObject({
    kind: 'rewrite',
    id: 'permute/crd-to-dcr',
  });
  expect((await dyno(['explain'], { DYNO_FORMAT: 'xml' })).stderr).toContain('DYNO_FORMAT is "xml"');
});
