import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readTar } from '../../../device-harness/pack/tar.ts';
import { batchSpecSchema, layout, type StepResult, statusSchema, stepResultSchema } from '../../../device-harness/runner/index.ts';
import { bundleArchive } from './golden/bundle-archive.ts';
import { BUNDLE, SWIFT_RESULTS, SWIFT_RUN } from './golden/make-golden.ts';

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

it('what a run in Swift wrote passes the schemas: one step of every kind', () => {
  const files = readTar(SWIFT_RUN);
  const json = (path: string): unknown => JSON.parse(Buffer.from(files.get(path) as Uint8Array).toString());
  const spec = batchSpecSchema.parse(json(layout.spec('b')));
  expect(statusSchema.parse(json(layout.status('b')))).toMatchObject({ phase: 'finished', step: null, done: 5, total: 5, failed: 1, launch: 1, attempt: 0, waitedMs: 2000 });
  const results = new Map(spec.steps.map(({ id }) => [id, stepResultSchema.parse(json(layout.result('b', id)))]));
  expect([...results].map(([id, { type }]) => [id, type])).toEqual(spec.steps.map(({ id }) => [id, id]));
  const block = results.get('block') as Extract<StepResult, { type: 'block' }>;
  expect(block).toMatchObject({ load: { compileMs: 800, loadMs: 500, againMs: 20, fresh: true }, samples: [4, 4, 4, 4, 4], conditions: { cooled: true, waitedMs: 2000 } });
  expect(block.startedAt < block.finishedAt).toBe(true);
  const output = files.get(`${layout.batch('b')}/${block.outputs[0]?.file}`) as Uint8Array;
  expect(createHash('sha256').update(output).digest('hex')).toBe(block.outputs[0]?.sha256);
  expect(results.get('sustained')).toMatchObject({ frames: 15, missed: 0 });
  expect(results.get('photo')).toMatchObject({ prepareMs: [1], predictMs: [4], readMs: [2], output: { dims: [8, 8, 4], bytes: 256, file: null } });
});
