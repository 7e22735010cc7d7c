import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readTar } from '../../../device-harness/pack/tar.ts';
import { bundleArchive } from './golden/bundle-archive.ts';
import { BUNDLE, SWIFT_RESULTS } from './golden/make-golden.ts';

it('the bundle that Swift takes apart is what the script writes', async () => {
  expect((await bundleArchive()).equals(readFileSync(BUNDLE))).toBe(true);
});

it('results that Swift packed are read, long names and empty files included', () => {
  const files = readTar(SWIFT_RESULTS);
  const long = `batches/${'b'.repeat(80)}/outputs/${'s'.repeat(80)}/0.bin`;
  expect([...files.keys()]).toEqual(['runner.json', `batches/${'b'.repeat(80)}/batch.json`, long, `batches/${'b'.repeat(80)}/stop`]);
  expect(Buffer.from(files.get('runner.json') as Uint8Array).toString()).toBe('{"schema":1}');
  const output = files.get(long) as Uint8Array;
  expect(output.length).toBe(200_000);
  expect(output.every((byte, i) => byte === ((i * 7) & 255))).toBe(true);
});
