import { test } from 'vitest';
import { FUZZ, fuzz } from './fuzz.ts';

test.each(FUZZ)('%s on random networks: outputs as in ONNX Runtime before', async (_, rewrites, mode) => {
  await fuzz(rewrites, mode, 1000, 60);
});
