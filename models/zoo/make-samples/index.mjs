#!/usr/bin/env node
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { foliage } from './foliage.mjs';
import { house } from './house.mjs';
import { page } from './page.mjs';
import { savePng } from './raster.mjs';
import { stillLife } from './still-life.mjs';

/** Draws the bundled sample pictures into `models/zoo/samples`: seeded, so the same fonts give the same pictures. Sides are multiples of 24. */
const PICTURES = [
  { name: 'foliage', width: 336, height: 336, draw: foliage },
  { name: 'page', width: 432, height: 384, draw: page },
  { name: 'house', width: 480, height: 408, draw: house },
  { name: 'still-life', width: 408, height: 336, draw: stillLife },
];

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'samples');
mkdirSync(folder, { recursive: true });
for (const { name, width, height, draw } of PICTURES) {
  const path = join(folder, `${name}.png`);
  await savePng(width, height, await draw(width, height), path);
  process.stderr.write(`${name}.png  ${width}×${height}  ${Math.round(statSync(path).size / 1024)} KiB\n`);
}
