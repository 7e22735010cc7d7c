import { expect, test } from 'vitest';
import { parsePower } from '../../../../device-harness/devices/snapdragon/phone-power.ts';
import { readThroughput } from '../../../../device-harness/devices/snapdragon/throughput.ts';

test('frames by the results file: missed is what was not ready when the next one was due', () => {
  const results = JSON.stringify({ threads: [{ totalTimeUs: 400_000, executeTimesUs: [90_000, 120_000, 50_000, 60_000], lateUs: [0, 0, 20_000, 60_000] }] });
  expect(readThroughput('', results, 10)).toEqual({ frames: 4, seconds: 0.4, missed: 2, samples: [90, 120, 50, 60] });
});

test('frames by what is printed: a number, as users have seen it, or a rate', () => {
  expect(readThroughput('noise\nTotalTime (us) : 10000000\nframes:graphExecute:   290  1.2 %\n', '', 30)).toEqual({ frames: 290, seconds: 10, missed: 10, samples: [] });
  expect(readThroughput('frames:graphExecute 29.5000 inf/sec\nTotalTime 2000000\n', '{', 30)).toEqual({ frames: 59, seconds: 2, missed: 1, samples: [] });
  expect(readThroughput('Segmentation fault', '{"threads":[]}', 30)).toBeNull();
});

test('watts of a fuel gauge, whatever its sign and unit', () => {
  expect(parsePower('-512000\n3900000\n')).toBeCloseTo(1.9968, 6);
  expect(parsePower('512\n3900\n')).toBeCloseTo(1.9968, 6);
  expect(parsePower('')).toBeNull();
  expect(parsePower('512000\n')).toBeNull();
  expect(parsePower('cat: Permission denied')).toBeNull();
});
