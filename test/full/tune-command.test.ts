import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { htpMissing, htpToolchain } from '../support/htp.ts';
import { repoRoot } from '../support/paths.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const temporary = temporaryFolder();
const model = join(repoRoot, 'models/zoo/weights/quicksrnet-small-x2-dynamic.onnx');
const pictures = join(repoRoot, 'models/zoo/samples');
const BEST = 'recipe,everywhere,uint8,nhwc';
const config = (): string => {
  const path = temporary('dyno.config.json');
  writeFileSync(path, JSON.stringify({ images: pictures, quantize: { images: 2, methods: ['minmax'] } }));
  return path;
};
const tune = (...args: string[]): ReturnType<typeof runCli> => runCli(['tune', model, '--config', config(), ...args]);

describe.skipIf(!htpToolchain)(`dyno tune with the compiler${htpMissing}`, () => {
  test('a quality floor is held by a score on the pictures; JSONL has every candidate as an event', async () => {
    const args = ['-t', 'htp:SM8550', '--static', 'input=1x3x32x48', '--size', '48', '--no-verify', '--objective', 'quality', '--metric', 'psnr:y', '--candidate', BEST, '--format', 'jsonl'];
    const { stdout, stderr, code } = await tune(...args, '--floor', '10');
    expect(code).toBe(0);
    const events = `${stderr}${stdout}`.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as { type: string; candidate?: { name: string; bytes: number }; result?: { tuned: { rows: { score: number }[] }[] } });
    expect(events.find(({ type }) => type === 'candidate')?.candidate).toMatchObject({ name: BEST });
    expect(events.find(({ type }) => type === 'result')?.result?.tuned[0]?.rows[0]?.score).toBeGreaterThan(20);
    const high = await tune(...args, '--floor', '90');
    expect([high.code, high.stderr.includes('No candidate reaches 90')]).toEqual([2, true]);
  });

  test('a tuning that is stopped leaves nothing half made, and what was there before stays', async () => {
    const out = temporary('kept');
    mkdirSync(out);
    writeFileSync(join(out, 'tune.json'), '{}');
    let told = false;
    const stopped = await runCli(['tune', model, '--config', config(), '-t', 'htp:SM8550', '--static', 'input=1x3x96x128', '--allow', 'layout,dtype', '--format', 'plain', '-o', out], {
      onOutput: (said, kill) => {
        if (told || !said.includes('recipe,everywhere')) return;
        told = true;
        kill('SIGINT');
      },
    });
    expect(stopped.code).toBe(130);
    expect(readdirSync(out)).toEqual(['tune.json']);
    expect(readdirSync(dirname(out)).filter((name) => name.startsWith('.kept'))).toEqual([]);
  });
});
