import { expect, test } from 'vitest';
import { surplus } from '../../../converters/toolchain/index.ts';

const file = (name: string, bytes: number, usedAt: number) => ({ name, bytes, usedAt });

test('of a store that is too large goes what was used longest ago, and no more than has to', () => {
  const files = [file('new', 50, 9), file('oldest', 10, 1), file('old', 60, 2), file('middle', 30, 5)];
  expect(surplus(files, 80).map(({ name }) => name)).toEqual(['oldest', 'old']);
  expect(surplus(files, 150)).toEqual([]);
  expect(surplus(files, 0).map(({ name }) => name)).toEqual(['oldest', 'old', 'middle', 'new']);
});
