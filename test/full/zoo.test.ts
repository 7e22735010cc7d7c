import { describe, expect, test } from 'vitest';
import { NETWORKS } from '../../models/zoo/index.ts';
import { expectToRun } from '../models/zoo/expect-to-run.ts';

/** Every network of the zoo at every scale and form. The largest have 40 million parameters. */
describe('ONNX Runtime runs every network', () => {
  const cases = NETWORKS.flatMap(({ name, scales, forms }) => scales.flatMap((scale) => forms.map((form) => [name, scale, form] as const)));
  test.each(cases)('%s ×%d %s', (name, scale, form) => expectToRun(name, scale, form), 300_000);
});

test('names are unlike', () => expect(new Set(NETWORKS.map(({ name }) => name)).size).toBe(NETWORKS.length));
