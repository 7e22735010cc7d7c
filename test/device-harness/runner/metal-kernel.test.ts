import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PixelFace } from '../../../device-harness/runner/index.ts';
import { numberToHalf } from '../../../models/onnx/half.ts';
import { repoRoot } from '../../support/paths.ts';
import { arrayOf, elementOf, pixelCases } from './golden/pixel-cases.ts';
import { APP } from './swift-sources.ts';

const METAL = join(repoRoot, 'test/device-harness/runner/metal');
const there = spawnSync('c++', ['--version']).status === 0;

describe.skipIf(!there)('the Metal kernel, compiled as C++ (skipped where there is no `c++`)', () => {
  let folder: string;
  let program: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'dyno-metal-'));
    program = join(folder, 'run-kernel');
    const { status, stderr } = spawnSync('c++', ['-std=c++17', '-w', `-I${METAL}`, `-I${join(APP, 'Runner')}`, join(METAL, 'run-kernel.cpp'), '-o', program], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(pixelCases().map((one, i) => [i, one] as const))('makes the array of golden case %i', (_, one) => {
    const rgba = Uint8Array.from(Buffer.from(one.rgba, 'hex'));
    expect(run(rgba, one, { x: 0, y: 0, width: one.width, height: one.height }, one.face)).toBe(one.array);
  });

  it.each(pixelCases().map((one, i) => [i, one] as const))('repeats the border around a tile that stands out: case %i', (_, one) => {
    const rgba = Uint8Array.from(Buffer.from(one.rgba, 'hex'));
    const { block } = one.face;
    const tile = { x: -2, y: -1, width: one.width + 4 * block, height: one.height + 2 * block };
    expect(run(rgba, one, tile, one.face)).toBe(arrayOf(cut(rgba, one, tile), tile.width, tile.height, one.face).array);
  });

  function run(rgba: Uint8Array, photo: Size, tile: Tile, face: PixelFace): string {
    const { block, channels, dtype, layout, order } = face;
    const [rows, columns, depth] = [tile.height / block, tile.width / block, channels.length * block * block];
    const strides = layout === 'NCHW' ? [rows * columns, columns, 1] : [1, columns * depth, depth];
    const sources = [...channels, 0, 0].slice(0, 3);
    const fields = [tile.x, tile.y, tile.width, tile.height, photo.width, photo.height, channels.length, ...sources, block, order === 'DCR' ? 1 : 0, ...strides];
    const half = dtype === 'float16';
    const values = Float32Array.from(channels.flatMap((_, k) => Array.from({ length: 256 }, (_, byte) => elementOf(byte, face, k))));
    const tables = half ? Uint32Array.from(values, numberToHalf) : new Uint32Array(values.buffer);
    const input = Buffer.concat([Buffer.from(tables.buffer), rgba]);
    const { status, stdout } = spawnSync(program, [half ? 'half' : 'float', ...[...fields, rows * columns * depth].map(String)], { input });
    expect(status).toBe(0);
    return stdout.toString('hex');
  }
});

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Tile extends Size {
  readonly x: number;
  readonly y: number;
}

function cut(rgba: Uint8Array, { width, height }: Size, tile: Tile): Uint8Array {
  const bytes: number[] = [];
  for (let row = 0; row < tile.height; row++) {
    const y = Math.min(Math.max(tile.y + row, 0), height - 1);
    for (let column = 0; column < tile.width; column++) {
      const x = Math.min(Math.max(tile.x + column, 0), width - 1);
      bytes.push(...rgba.subarray(4 * (y * width + x), 4 * (y * width + x) + 4));
    }
  }
  return Uint8Array.from(bytes);
}
