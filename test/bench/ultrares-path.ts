/**
 * What a tile of a photo costs on this machine by the way its input comes to the network: as an image that the graph unshuffles in six dimensions;
 * the same after `dyno rewrite`; as a tensor that is prepared outside (`--hoist-input`), element by element or by strides.
 *
 *   npx tsx test/bench/ultrares-path.ts [--tiles 5] [--write]
 *
 * `--write` puts the table into examples/ultrares/README.md. A photo of 12 megapixels is reckoned from the medians.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import ort from 'onnxruntime-node';
import { Prng } from '../../models/run/prng.ts';
import { repoRoot } from '../support/paths.ts';
import { markdownTable } from './markdown-table.ts';

const { values: options } = parseArgs({ options: { tiles: { type: 'string', default: '5' }, write: { type: 'boolean', default: false } } });

const TILE = 128;
/** Pixels that two neighbours share. */
const OVERLAP = 16;
const PHOTO = { width: 4032, height: 3024 };
const SCALE = 2;

interface Path {
  readonly network: string;
  readonly input: string;
  readonly model: string;
  readonly prepare: (pixels: Uint8Array) => Float32Array;
  readonly dims: readonly number[];
  /** As UltraRes found it on an iPhone 13 Pro. */
  readonly published: string;
}

const folder = mkdtempSync(join(tmpdir(), 'dyno-ultrares-'));
try {
  const made = makeModels();
  const { prepareInput } = (await import(pathToFileURL(made.adapter).href)) as { prepareInput: (source: Float32Array, batch: number, height: number, width: number) => { data: Float32Array } };
  const looped = (pixels: Uint8Array): Float32Array => prepareInput(planes(pixels), 1, TILE, TILE).data;
  const image = [1, 3, TILE, TILE];
  const tensor = [1, 12, TILE / 2, TILE / 2];
  const paths: readonly Path[] = [
    { network: 'BSRGAN-x2', input: 'image', model: made.bsrgan, prepare: planes, dims: image, published: 'on ANE, 68 s' },
    { network: 'RDB', input: 'image, unshuffled in six dimensions', model: made.image, prepare: planes, dims: image, published: 'not on ANE, 36 s' },
    { network: 'RDB', input: 'image, rewritten for ane:A15', model: made.fit, prepare: planes, dims: image, published: '–' },
    { network: 'RDB', input: 'tensor, element by element', model: made.tensor, prepare: looped, dims: tensor, published: 'forced GPU, 129 s; on ANE, 85 s' },
    { network: 'RDB', input: 'tensor, by strides', model: made.tensor, prepare: strided, dims: tensor, published: 'on ANE, with a Metal kernel, 4 s' },
  ];
  assertSame(looped, strided);
  const rows: string[][] = [];
  for (const path of paths) rows.push(await rowOf(path));
  report(markdownTable(['network', 'input', 'on the ANE (predicted)', 'prepare, ms', 'predict, ms', 'read, ms', 'a tile, ms', `12 MP, ${tilesOf(PHOTO)} tiles, s`, 'published, iPhone 13 Pro'], rows));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function makeModels(): Readonly<Record<'bsrgan' | 'image' | 'fit' | 'tensor' | 'adapter', string>> {
  const at = (name: string): string => join(folder, name);
  const size = ['--size', `${TILE}x${TILE}`];
  dyno('zoo', 'make', 'bsrgan-x2', ...size, '-o', at('bsrgan.onnx'));
  dyno('zoo', 'make', 'ultrares-rdb', ...size, '-o', at('image.onnx'));
  dyno('rewrite', at('image.onnx'), '-t', 'ane:A15', '-o', at('fit.onnx'));
  dyno('rewrite', at('image.onnx'), '-t', 'ane:A15', '--hoist-input', '--adapter', `ts=${at('prepare.ts')}`, '-o', at('tensor.onnx'));
  return { bsrgan: at('bsrgan.onnx'), image: at('image.onnx'), fit: at('fit.onnx'), tensor: at('tensor.onnx'), adapter: at('prepare.ts') };
}

/** Runs a command; its result on stdout. Findings (exit 1) are results too. */
function dyno(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', join(repoRoot, 'node_modules/tsx/dist/esm/index.mjs'), join(repoRoot, 'cli/bin.ts'), ...args], { cwd: repoRoot, encoding: 'utf8', maxBuffer: 1e9 });
  if (status !== 0 && status !== 1) throw new Error(`dyno ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

/** Interleaved bytes as planes of float32 in 0…1. */
function planes(pixels: Uint8Array): Float32Array {
  const plane = TILE * TILE;
  const target = new Float32Array(3 * plane);
  for (let i = 0; i < plane; i++) for (let c = 0; c < 3; c++) target[c * plane + i] = (pixels[3 * i + c] as number) / 255;
  return target;
}

/** Interleaved bytes straight into the twelve planes, each walked by its strides. */
function strided(pixels: Uint8Array): Float32Array {
  const half = TILE / 2;
  const target = new Float32Array(12 * half * half);
  let to = 0;
  for (let c = 0; c < 3; c++) {
    for (let phase = 0; phase < 4; phase++) {
      const start = 3 * ((phase >> 1) * TILE + (phase & 1)) + c;
      for (let row = 0; row < half; row++) {
        const from = start + row * 6 * TILE;
        for (let at = from, end = from + 6 * half; at < end; at += 6) target[to++] = (pixels[at] as number) / 255;
      }
    }
  }
  return target;
}

function assertSame(one: Path['prepare'], other: Path['prepare']): void {
  const pixels = tilePixels(1);
  const [a, b] = [one(pixels), other(pixels)];
  if (a.length !== b.length || a.some((value, i) => value !== b[i])) throw new Error('The two ways to prepare a tile differ.');
}

function tilePixels(seed: number): Uint8Array {
  const random = new Prng(seed);
  return Uint8Array.from({ length: 3 * TILE * TILE }, () => Math.floor(256 * random.uniform()));
}

async function rowOf({ network, input, model, prepare, dims, published }: Path): Promise<string[]> {
  const session = await ort.InferenceSession.create(model, { graphOptimizationLevel: 'all' });
  const [name, output] = [session.inputNames[0] as string, session.outputNames[0] as string];
  const times: number[][] = [];
  for (let tile = 0; tile <= Number(options.tiles); tile++) {
    const pixels = tilePixels(tile);
    const start = performance.now();
    const data = prepare(pixels);
    const prepared = performance.now();
    const results = await session.run({ [name]: new ort.Tensor('float32', data, dims) });
    const predicted = performance.now();
    const result = results[output] as ort.Tensor;
    readBack(result.data as Float32Array);
    times.push([prepared - start, predicted - prepared, performance.now() - predicted]);
  }
  await session.release();
  const parts = [0, 1, 2].map((part) => median(times.slice(1).map((one) => one[part] as number)));
  const total = parts.reduce((a, b) => a + b);
  return [network, input, onAne(model), ...parts.map((ms) => ms.toFixed(1)), total.toFixed(0), ((total * tilesOf(PHOTO)) / 1000).toFixed(0), published];
}

/** Planes of float32 as interleaved bytes. */
function readBack(data: Float32Array): Uint8Array {
  const plane = (TILE * SCALE) ** 2;
  const target = new Uint8Array(3 * plane);
  for (let i = 0; i < plane; i++) for (let c = 0; c < 3; c++) target[3 * i + c] = Math.max(0, Math.min(255, Math.round(255 * (data[c * plane + i] as number))));
  return target;
}

/** What the rules say; a model that Core ML does not take runs nowhere. */
function onAne(model: string): string {
  const { checks: [check] } = JSON.parse(dyno('check', model, '-t', 'ane:A15', '--json')) as { checks: [{ placement: { nodes: number; onUnit: number }; causes: { severity: string }[] }] };
  if (check.causes.some(({ severity }) => severity === 'blocks-conversion')) return 'does not convert';
  return check.placement.onUnit === check.placement.nodes ? 'whole' : `${check.placement.onUnit} of ${check.placement.nodes} nodes`;
}

function tilesOf({ width, height }: typeof PHOTO): number {
  const along = (side: number): number => Math.ceil((side - OVERLAP) / (TILE - OVERLAP));
  return along(width) * along(height);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

function report(table: string): void {
  process.stdout.write(`${table}\n`);
  if (!options.write) return;
  const readme = join(repoRoot, 'examples/ultrares/README.md');
  const [before, rest] = readFileSync(readme, 'utf8').split('<!-- begin times -->');
  writeFileSync(readme, `${before}<!-- begin times -->\n\n${table}\n\n<!-- end times -->${rest?.split('<!-- end times -->')[1] ?? ''}`);
}
