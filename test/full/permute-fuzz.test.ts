import { test } from 'vitest';
import { FUZZ, fuzz } from '../converters/rewrites/permute/fuzz.ts';

test.each(FUZZ)('%s on 3000 random networks', async (_, rewrites, mode) => {
  await fuzz(rewrites, mode, 100_000, 3000);
});
