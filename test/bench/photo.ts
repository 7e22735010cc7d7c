/**
 * A photo of 12 megapixels made one of 48 by `dyno photo`: time predicted and measured, seams, and the memory of all its processes, which must stay below a
 * bound. Run: `npx tsx test/bench/photo.ts [--max-memory MB] [--jobs N]`. The photo is a mosaic of the bundled samples.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import type { PhotoOutcome } from '../../cli/photo/photo-outcome.ts';
import { repoRoot } from '../support/paths.ts';
import { runCli } from '../support/run-cli.ts';

const { values } = parseArgs({ options: { 'max-memory': { type: 'string', default: '700' }, jobs: { type: 'string', default: '1' } } });
const [width, height] = [4000, 3000];
const folder = mkdtempSync(join(tmpdir(), 'dyno-photo-'));
try {
  const photo = join(folder, 'photo.jpg');
  const sample = sharp(join(repoRoot, 'models/zoo/samples/still-life.png'));
  const { width: w, height: h } = await sample.metadata();
  const pieces = Array.from({ length: Math.ceil(width / w) * Math.ceil(height / h) }, (_, i) => ({ left: (i % Math.ceil(width / w)) * w, top: Math.floor(i / Math.ceil(width / w)) * h }));
  const tile = await sample.png().toBuffer();
  await sharp({ create: { width: Math.ceil(width / w) * w, height: Math.ceil(height / h) * h, channels: 3, background: 'black' } })
    .composite(pieces.map((at) => ({ input: tile, ...at }))).png().toBuffer()
    .then((whole) => sharp(whole).extract({ left: 0, top: 0, width, height }).jpeg({ quality: 95 }).toFile(photo));
  const rows: string[] = [];
  for (const model of ['quicksrnet-small-x2', 'quicksrnet-small-x2-dynamic']) {
    const args = ['photo', photo, '--model', join(repoRoot, `models/zoo/weights/${model}.onnx`), '-o', join(folder, 'large.png'), '--jobs', values.jobs, '--max-memory', values['max-memory'], '--json'];
    const { code, stdout, stderr } = await runCli(args);
    if (code !== 0) throw new Error(stderr);
    rows.push(rowOf(JSON.parse(stdout) as PhotoOutcome));
  }
  console.log(`${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}, ${values.jobs} at a time, ${width}×${height} → ${2 * width}×${2 * height}\n`);
  console.log('| model | tiles | computed twice | predicted | measured | encoding | peak memory | bound | seams |\n| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |');
  console.log(rows.join('\n'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Throws where the processes took more than they were allowed. */
function rowOf({ model, plan, predicted, measured, encodeMs, memory, seams }: PhotoOutcome): string {
  const peak = (memory.ownBytes ?? 0) + (memory.runtimeBytes ?? 0);
  if (peak > memory.allowedBytes) throw new Error(`${model}: ${peak} bytes at the peak, ${memory.allowedBytes} allowed`);
  const seconds = (ms: number | null | undefined): string => `${((ms ?? 0) / 1000).toFixed(1)} s`;
  const mega = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
  return `| ${model} | ${plan.tiles} of ${plan.tile.width}×${plan.tile.height} | ${(100 * plan.redundancy).toFixed(1)} % | ${seconds(predicted?.totalMs)} | ${seconds(measured?.totalMs)} | ${seconds(encodeMs)} | ${mega(peak)} | ${mega(memory.allowedBytes)} | max ${seams?.seams.max} at ${seams?.looked} of ${seams?.places} |`;
}
