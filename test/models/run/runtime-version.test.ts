import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { onnxRuntimeVersion } from '../../../models/run/index.ts';

it('is what the binding reports about itself', () => {
  const { env } = createRequire(import.meta.url)('onnxruntime-node') as { env: { versions: { node: string } } };
  expect(onnxRuntimeVersion()).toBe(env.versions.node);
});
