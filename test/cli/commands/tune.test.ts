import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { fixture, repoRoot } from '../../support/paths.ts';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const MINUTES = 180_000;
const model = join(repoRoot, 'models/zoo/weights/quicksrnet-small-x2-dynamic.onnx');
const pictures = join(repoRoot, 'models/zoo/samples');
const BEST = 'recipe,everywhere,uint8,nhwc';
const config = (): string => {
  const path = temporary('dyno.config.json');
  writeFileSync(path, JSON.stringify({ images: pictures, quantize: { images: 2, methods: ['minmax'] } }));
  return path;
};
const tune = (...args: string[]): ReturnType<typeof runCli> => runCli(['tune', model, '--config', config(), ...args]);

describe('what cannot be done is said before anything is compiled', () => {
  test('without Qualcomm\'s compiler', async () => {
    const { code, stderr } = await runCli(['tune', model, '-t', 'htp:SM8550', '--static', 'input=1x3x32x48', '-d', pictures], { env: { DYNO_CACHE: temporary('empty') } });
    expect([code, stderr.includes('dyno setup python')]).toEqual([2, true]);
  });
  test.each<[string, string[], string]>([
    ['another kind of target', ['-t', 'ane:A15'], 'No htp target was named'],
    ['a floor without its objective', ['-t', 'htp:SM8550', '--floor', '36'], '--objective quality and --floor go together'],
    ['an objective without its floor', ['-t', 'htp:SM8550', '--objective', 'quality'], '--objective quality and --floor go together'],
    ['a candidate that is none', ['-t', 'htp:SM8550', '--candidate', 'recipe,uint16'], '"uint16" in the candidate'],
    ['a number that is none', ['-t', 'htp:SM8550', '--most', 'all'], '--most all is no such number'],
    ['a range that is none', ['-t', 'htp:SM8550', '--output-range', '1..0'], '"1..0" is no range'],
    ['a folder of something else', ['-t', 'htp:SM8550', '-o', pictures], 'holds other files'],
  ])('%s: exit 2', async (_, args, message) => {
    const { code, stderr, stdout } = await tune(...args);
    expect([code, stderr.includes(message), stdout]).toEqual([2, true, '']);
  });
});

describe.skipIf(!htpToolchain)(`with the compiler${htpMissing}`, () => {
  test('open sizes: the flag that gives them is printed; pictures are asked for where something is quantized', async () => {
    const open = await tune('-t', 'htp:SM8550');
    expect([open.code, open.stderr.includes('--static input=1x3x')]).toEqual([2, true]);
    const empty = temporary('empty.config.json');
    writeFileSync(empty, '{}');
    const blind = await runCli(['tune', model, '--config', empty, '-t', 'htp:SM8550', '--static', 'input=1x3x32x48']);
    expect([blind.code, blind.stderr.includes('--data DIR')]).toEqual([2, true]);
  });

  test('a variant by its name: files that compile to the figures of the table, and a command that makes the same bytes', async () => {
    const args = ['-t', 'htp:SM8550', '--static', 'input=1x3x32x48', '--size', '48', '--no-verify', '--candidate', BEST, 'recipe,everywhere,uint8', '--json'];
    const { code, stdout } = await tune(...args, '-o', temporary('tuned'));
    expect(code).toBe(0);
    const [{ winner, rows, commands, config, modelSha256 }] = (JSON.parse(stdout) as { tuned: [{ winner: string; rows: { name: string; figures: { trafficBytes: number } }[]; commands: string[]; config: object; modelSha256: string }] }).tuned;
    expect([winner, rows.length]).toEqual([BEST, 2]);
    expect(readdirSync(temporary('tuned')).sort()).toEqual(['adapter', 'compiled', 'encodings.json', 'quicksrnet-small-x2-dynamic.onnx', 'tune.json']);
    const compiled = JSON.parse(readFileSync(temporary('tuned', 'compiled/compiled.json'), 'utf8')) as { report: { graphs: { readBytes: number; writeBytes: number }[] } };
    expect(compiled.report.graphs.reduce((sum, g) => sum + g.readBytes + g.writeBytes, 0)).toBe(rows[0]?.figures.trafficBytes);
    expect(config).toMatchObject({ models: { 'quicksrnet-small-x2-dynamic-tuned': { input: { dtype: 'uint8', layout: 'NHWC', range: [0, 255] } } } });
    const [again] = commands as [string];
    const words = (again.match(/'[^']*'|\S+/g) ?? []).slice(1).map((word) => word.replaceAll("'", ''));
    const repeated = await runCli([...words, '--no-verify', '--json']);
    expect((JSON.parse(repeated.stdout) as { tuned: { modelSha256: string }[] }).tuned[0]?.modelSha256).toBe(modelSha256);
  }, MINUTES);

  test('rewrite: decided by compiling, emulated; --no-compile leaves it to the recipe; open sizes are said', async () => {
    const export_ = fixture('exports', 'plain_anchor_x2_op17.onnx');
    const decided = await runCli(['rewrite', export_, '-t', 'htp:SM8550', '--precision', 'fp16', '-o', temporary('r.onnx'), '--json']);
    const [told] = (JSON.parse(decided.stdout) as { rewrites: [{ compiled: { before: { bytes: number }; after: { bytes: number } } | null; emulated: { findings: object[] } | null; notes: string[] }] }).rewrites;
    expect(decided.code).toBe(0);
    expect(told.compiled?.after.bytes).toBeLessThanOrEqual(told.compiled?.before.bytes as number);
    expect(told.emulated?.findings).toEqual([]);
    const recipe = await runCli(['rewrite', export_, '-t', 'htp:SM8550', '--no-compile', '-o', temporary('n.onnx'), '--json']);
    expect((JSON.parse(recipe.stdout) as { rewrites: { compiled: object | null }[] }).rewrites[0]?.compiled).toBeNull();
    const open = await runCli(['rewrite', model, '-t', 'htp:SM8550', '--no-verify', '-o', temporary('o.onnx')]);
    expect([open.code, open.stdout.includes('--static input=SHAPE'), existsSync(temporary('o.onnx'))]).toEqual([0, true, true]);
  }, MINUTES);
});
