import { expect, test } from 'vitest';
import { inputSize, parseResolution } from '../../../cli/sweep/resolution.ts';

const at = (text: string, scale: number, multiple = 1) => {
  const resolution = parseResolution(text);
  if (resolution.of === 'own') throw new Error('own has no size');
  return inputSize(resolution, scale, multiple);
};

test.each([
  ['540p', 2, 1, [270, 480]], ['720p', 2, 1, [360, 640]], ['1080p', 2, 1, [540, 960]], ['1440p', 2, 1, [720, 1280]], ['2160p', 2, 1, [1080, 1920]],
  ['1080p', 3, 1, [360, 640]], ['1080p', 1.5, 1, [720, 1280]], ['2160p', 4, 2, [540, 960]],
] as const)('%s at ×%d is an input of its own size over the scale', (text, scale, multiple, size) => {
  expect(at(text, scale, multiple)).toEqual({ size, note: null });
});

test('sides that do not divide are rounded up, which is said', () => {
  expect(at('1440p', 3)).toEqual({ size: [480, 854], note: 'input rounded up to 480×854: the output is 1440×2562 for 1440×2560' });
  expect(at('1080p', 4, 8).size).toEqual([272, 480]);
});

test('a size of the input is taken as it is', () => expect(at('63x65', 4, 8)).toEqual({ size: [63, 65], note: null }));
