import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openMeasure } from '../../../reports/quality/open-measure.ts';
import { parseProtocol } from '../../../reports/quality/protocol.ts';
import { picture } from '../../support/quality.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const about = { image: 'a.png', variant: 'w8a8', scale: 2 };

function module(text: string, name = 'metric.mjs'): string {
  writeFileSync(temporary(name), text);
  return `module:${temporary(name)}:crop1`;
}

test.each([['metric.mjs', 'out, ref, info'], ['metric.ts', 'out: { width: number }, ref: { width: number }, info: { scale: number; image: string; variant: string }']])('%s gets pictures without their border, and what they are about', async (name, args) => {
  const text = `export default async (${args}) => JSON.stringify([out.width, ref.width, info.scale, info.image, info.variant]).length + out.width;`;
  const { measure, tools, close } = await openMeasure(parseProtocol(module(text, name)));
  expect(await measure(picture(12, 10), picture(12, 10, 5), about)).toBe(JSON.stringify([10, 10, 2, 'a.png', 'w8a8']).length + 10);
  expect(tools?.[name]).toMatch(/^[0-9a-f]{12}$/);
  await close();
});

test('what a metric does to its pictures stays there', async () => {
  const image = picture(8, 8);
  const before = [...(image.planes[0] as Uint8Array)];
  const { measure } = await openMeasure(parseProtocol(module('export default (out, ref) => { out.planes[0].fill(0); ref.planes[0].fill(9); return out.planes.length; };').replace(':crop1', ':crop0')));
  expect(await measure(image, image, about)).toBe(3);
  expect([...(image.planes[0] as Uint8Array)]).toEqual(before);
});

describe('modules that fail are named', () => {
  test.each([
    ['throws', 'export default () => { throw new TypeError("no such plane"); };', 'failed: no such plane'],
    ['throws what is no error', 'export default () => { throw "odd"; };', 'failed: odd'],
    ['gives NaN', 'export default () => Number.NaN;', 'gives NaN, which is no finite number'],
    ['gives infinity', 'export default () => 1 / 0;', 'gives Infinity'],
    ['gives a text', 'export default () => "12";', 'gives "12", which is no finite number'],
    ['gives nothing', 'export default async () => {};', 'gives undefined'],
  ])('one that %s', async (_, text, message) => {
    const { measure } = await openMeasure(parseProtocol(module(text)));
    await expect(measure(picture(8, 8), picture(8, 8), about)).rejects.toThrow(message);
  });

  test.each([
    ['without a function', 'export const metric = 1;', 'exports no function'],
    ['with a number', 'export default 7;', 'exports no function'],
    ['that is no JavaScript', 'export default (', 'cannot be loaded'],
  ])('one %s', async (_, text, message) => await expect(openMeasure(parseProtocol(module(text)))).rejects.toThrow(message));

  test('one that is not there', async () => await expect(openMeasure(parseProtocol(`module:${temporary('none.mjs')}`))).rejects.toThrow('Cannot read the metric'));
});
