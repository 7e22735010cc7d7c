import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../models/contracts/index.ts';
import { readNpz } from '../../../models/run/npz.ts';
import { fixture } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();

/** Made by numpy: test/fixtures/quality/make-metrics.py. */
describe.each(['stored.npz', 'deflated.npz'])('%s', (name) => {
  test('holds what numpy saved', () => {
    const arrays = readNpz(fixture('quality', name));
    expect([...arrays].map(([key, { dtype, dims, data }]) => [key, dtype, dims, [...data].map(Number)])).toEqual([
      ['x', 'float32', [1, 6], [0, 0.25, 0.5, 0.75, 1, 1.25]], ['mask', 'int64', [1, 3], [1, 0, 2]],
    ]);
  });

  test('cut off anywhere it is refused, never half read', () => {
    const whole = readFileSync(fixture('quality', name));
    for (let length = 0; length < whole.length; length += 7) {
      writeFileSync(temporary('cut.npz'), whole.subarray(0, length));
      expect(() => readNpz(temporary('cut.npz')), String(length)).toThrow(UserError);
    }
  });
});

test('damaged content is refused', () => {
  const bytes = readFileSync(fixture('quality/deflated.npz'));
  bytes.fill(0xff, 40, 90);
  writeFileSync(temporary('bad.npz'), bytes);
  expect(() => readNpz(temporary('bad.npz'))).toThrow(UserError);
  writeFileSync(temporary('no.npz'), 'no archive');
  expect(() => readNpz(temporary('no.npz'))).toThrow('is not an .npz file');
});
