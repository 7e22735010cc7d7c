import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { fixture } from '../../support/paths.ts';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const plain = fixture('exports', 'plain_clip_x2_op17.onnx');
const wrong = fixture('exports', 'plain_clip_x2_op10_sixd.onnx');

describe('without Python', () => {
  const env = (): Record<string, string> => ({ DYNO_CACHE: temporary('empty') });

  test('check says what the rules say, what is missing and how to get it', async () => {
    const { code, stdout } = await runCli(['check', plain, '-t', 'htp:SM8550'], { env: env() });
    expect(code).toBe(0);
    expect(stdout).toContain('dyno setup python');
    expect(stdout).toContain('predicted)');
  });
  test('--no-compile does not mention it', async () => {
    const { stdout } = await runCli(['check', plain, '-t', 'htp:SM8550', '--no-compile'], { env: env() });
    expect(stdout).not.toContain('setup python');
  });
  test('compile ends with 2, says how to get it, and leaves nothing', async () => {
    const { code, stderr } = await runCli(['compile', plain, '-t', 'htp:SM8550', '-o', temporary('out')], { env: env() });
    expect([code, stderr.includes('dyno setup python'), existsSync(temporary('out'))]).toEqual([2, true, false]);
  });
  test('an environment that is none is named', async () => {
    const { code, stderr } = await runCli(['setup', 'python'], { env: { ...env(), DYNO_PYTHON_ENV: '/nowhere' } });
    expect([code, stderr.includes('DYNO_PYTHON_ENV')]).toEqual([2, true]);
  });
});

describe.skipIf(!htpToolchain)(`with Qualcomm's compiler${htpMissing}`, () => {
  const env = (): Record<string, string> => ({ ...(process.env['DYNO_PYTHON_ENV'] ? { DYNO_PYTHON_ENV: process.env['DYNO_PYTHON_ENV'] } : {}) });

  test('check: predicted, compiled and emulated side by side; a wrong result ends with 1', async () => {
    const { code, stdout } = await runCli(['check', wrong, '-t', 'htp:SM8550', '--json'], { env: env() });
    const { checks } = JSON.parse(stdout) as { checks: { causes: { findings: { node: string; evidence: string; severity: string }[] }[]; compiled: { whole: boolean } }[] };
    const found = checks[0]?.causes.flatMap(({ findings }) => findings).filter(({ severity }) => severity === 'wrong-result') ?? [];
    expect(code).toBe(1);
    expect(new Set(found.map(({ evidence }) => evidence))).toEqual(new Set(['predicted', 'emulated']));
    expect(checks[0]?.compiled.whole).toBe(true);
  });

  test('compile keeps the context binary, the DLC and the graph, hashed, in a folder of its own', async () => {
    const { code, stdout } = await runCli(['compile', plain, '-t', 'htp:SM8550', '-o', temporary('out')], { env: env() });
    expect(code).toBe(0);
    expect(stdout).toContain('one graph on HTP');
    const manifest = JSON.parse(readFileSync(temporary('out', 'compiled.json'), 'utf8')) as { artifacts: { file: string; what: string }[] };
    expect(manifest.artifacts.map(({ what }) => what).sort()).toEqual(['context-binary', 'context-model', 'dlc', 'qnn-graph']);
    expect(readdirSync(temporary('out')).sort()).toEqual([...manifest.artifacts.map(({ file }) => file), 'compiled.json'].sort());
  });

  test('a chip without HTP, a chip nobody knows, a folder of somebody else\'s: exit 2', async () => {
    for (const target of ['htp:SM8250', 'htp:SM9999']) expect((await runCli(['compile', plain, '-t', target], { env: env() })).code).toBe(2);
    const { code, stderr } = await runCli(['compile', plain, '-t', 'htp:SM8550', '-o', fixture('exports')], { env: env() });
    expect([code, stderr.includes('other files')]).toEqual([2, true]);
  });
});
