import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { BLOCK_PROFILES } from '../../../device-harness/index.ts';
import { type WrittenIphoneBundle, writeIphoneBundle } from '../../../device-harness/pack/iphone-bundle.ts';
import { type IphonePlan, sealIphonePlan } from '../../../device-harness/pack/iphone-plan.ts';
import { areIphoneResults, type IphoneResults, readIphoneResults } from '../../../device-harness/pack/iphone-results.ts';
import { takeIphoneResults } from '../../../device-harness/pack/iphone-take-results.ts';
import { measurementsOf } from '../../../device-harness/pack/measurements.ts';
import { readTar } from '../../../device-harness/pack/tar.ts';
import { batchSpecSchema, layout } from '../../../device-harness/runner/index.ts';
import { relativeToRange } from '../../support/compare.ts';
import { readNpy } from '../../support/npy.ts';
import { fixture } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { QUICK, witnessVariant } from '../devices/iphone/phone-lab.ts';
import { GOLDEN_FOLDER, SWIFT_RESULTS, SWIFT_RUN } from '../runner/golden/make-golden.ts';
import { carryBundle } from './carry-bundle.ts';

const temporary = temporaryFolder();
const NAMES = ['conv_depthwise', 'silu'];
let bundle: WrittenIphoneBundle;
/** Files of the results, as they came back. */
let back: ReadonlyMap<string, Uint8Array>;

beforeAll(async () => {
  const packages = await Promise.all(NAMES.map(async (name) => ({ variant: await witnessVariant(name), source: null })));
  bundle = await writeIphoneBundle({
    packages, units: ['cpu', 'ane'], target: 'ane:A15', chip: 'A15', rules: { ...BLOCK_PROFILES.quick, ...QUICK }, rounds: 2, seed: 3, size: 128, waitSeconds: 6, dyno: '0.0.0', out: temporary('b.dynobundle'),
  });
  const scripted = { 'conv_depthwise.0': { cpu: 8, ane: 2 }, 'silu.1': { cpu: 3, ane: 3 } };
  back = readTar(await carryBundle(bundle.path, { folder: temporary('phone'), speed: { passes: 0, scripted } }));
}, 60_000);

/** Results with one file changed; null takes it away. */
function changed(path: string, content: string | null): ReadonlyMap<string, Uint8Array> {
  const files = new Map(back);
  if (content === null) files.delete(path);
  else files.set(path, Buffer.from(content));
  return files;
}

/** A run of the Swift engine, and what the app writes beside it at its launch. */
function swiftRun(): Map<string, Uint8Array> {
  return new Map([...readTar(SWIFT_RUN), ['runner.json', readFileSync(join(GOLDEN_FOLDER, 'contract', 'RunnerInfo.phone.json'))]]);
}

const jsonOf = (path: string): Record<string, unknown> => JSON.parse(Buffer.from(back.get(path) as Uint8Array).toString()) as Record<string, unknown>;

describe('a bundle for an iPhone elsewhere, run by the stand-in of the runner app', () => {
  test('comes back as the records that a phone here gives, called simulated', async () => {
    expect(areIphoneResults(back)).toBe(true);
    const results = readIphoneResults(back, 'r');
    expect([results.planId, results.info.simulated]).toEqual([bundle.id, true]);
    const taken = await takeIphoneResults(results);
    expect([taken.device, taken.evidence, taken.failures]).toEqual(['virtual:iPhone14,2', 'simulated', []]);
    const measurements = measurementsOf(results.plan, taken);
    expect(measurements.map(({ variant, unit, evidence, blocks }) => [variant, unit, evidence, blocks.length]).sort()).toEqual(NAMES.flatMap((name) => ['ane', 'cpu'].map((unit) => [name, unit, 'simulated', 2])).sort());
    const fast = taken.finished.find(({ spec }) => spec.variant === 'conv_depthwise' && spec.unit === 'ane');
    expect(fast?.block.samples).toHaveLength(10);
    expect(Math.min(...(fast?.block.samples ?? []))).toBeGreaterThanOrEqual(2);
    expect(Math.max(...(fast?.block.samples ?? []))).toBeLessThan(2.2);
    expect(fast?.settings).toMatchObject({ link: 'bundle', units: 'cpuAndNeuralEngine', plan: expect.stringContaining('% of the MACs') });
    const doubts = taken.finished.filter(({ warnings }) => warnings.some((text) => text.includes('takes as long as'))).map(({ spec }) => `${spec.variant} ${spec.unit}`);
    expect(new Set(doubts)).toEqual(new Set(['silu ane']));
  });

  test('each model’s outputs come back once a unit, and are those that PyTorch computed', async () => {
    const { outputs } = await takeIphoneResults(readIphoneResults(back, 'r'));
    expect(outputs.map(({ variant, unit }) => `${variant} ${unit}`).sort()).toEqual(NAMES.flatMap((name) => [`${name} ane`, `${name} cpu`]).sort());
    for (const { variant, outputs: arrays } of outputs) expect(relativeToRange([...arrays.values()][0] as never, readNpy(fixture('coreml-witnesses', `${variant}.output.npy`)))).toBeLessThan(1e-5);
  });

  test('results that were changed, cut off or not finished are refused', () => {
    const refusal = (files: ReadonlyMap<string, Uint8Array>): string => {
      try {
        readIphoneResults(files, 'r.tar.gz');
      } catch (error) {
        return (error as Error).message;
      }
      return 'taken';
    };
    const { batch } = bundle;
    const output = [...back.keys()].find((name) => name.endsWith('/0.bin')) as string;
    const status = jsonOf(layout.status(batch));
    const plan = jsonOf(layout.plan(batch)) as { plan: IphonePlan };
    expect(refusal(back)).toBe('taken');
    expect(refusal(changed(output, null))).toBe(`r.tar.gz lacks ${output}.`);
    expect(refusal(changed(output, 'x'.repeat((back.get(output) as Uint8Array).length)))).toBe(`${output} in r.tar.gz was changed.`);
    expect(refusal(changed(layout.result(batch, 'b3'), null))).toContain('lacks');
    expect(refusal(changed(layout.result(batch, 'b3'), '{'))).toContain('damaged');
    expect(refusal(changed(layout.result(batch, 'b3'), JSON.stringify(jsonOf(layout.result(batch, 'b1')))))).toContain('another step');
    expect(refusal(changed(layout.result(batch, 'b3'), JSON.stringify({ ...jsonOf(layout.result(batch, 'b3')), samples: [-1] })))).toContain('samples');
    expect(refusal(changed(layout.status(batch), JSON.stringify({ ...status, phase: 'stopped', done: 3 })))).toContain('not finished: 3 of');
    expect(refusal(changed(layout.status(batch), JSON.stringify({ ...status, phase: 'refused', note: 'too new' })))).toContain('too new');
    expect(refusal(changed(layout.plan(batch), JSON.stringify({ ...plan, plan: { ...plan.plan, seed: 4 } })))).toContain('changed after it was packed');
    expect(refusal(changed(layout.plan(batch), 'null'))).toContain('format');
    expect(refusal(changed(layout.plan(batch), null))).toContain('dyno pack did not write it');
    expect(refusal(changed(layout.spec(batch), JSON.stringify({ ...jsonOf(layout.spec(batch)), attempts: 3 })))).toContain('not the one that was packed');
    expect(refusal(changed('runner.json', null))).toContain('lacks runner.json');
    expect(areIphoneResults(new Map([['results/plan.json', new Uint8Array()]]))).toBe(false);
  });

  test('a model that does not load: failures, and the other blocks stay', async () => {
    const folder = temporary('faulty');
    const faults = { crashOn: [], refusedByAne: [], failOn: ['silu.1'], heatsUpAfter: null, hangs: false };
    const taken = await takeIphoneResults(readIphoneResults(readTar(await carryBundle(bundle.path, { folder, state: { faults } })), 'r'));
    expect(taken.finished.every(({ spec }) => spec.variant === 'conv_depthwise')).toBe(true);
    expect(taken.failures.map(({ spec, message }) => [spec.variant, message])).toEqual(Array.from({ length: 4 }, () => ['silu', expect.stringContaining('Core ML did not load it')]));
  }, 30_000);
});

test('a bundle that cannot be written leaves nothing behind', async () => {
  const variant = { ...(await witnessVariant('silu')), feed: new Map() };
  const out = temporary('none.dynobundle');
  const request = { packages: [{ variant, source: null }], units: ['ane'], target: 'ane', chip: null, rules: BLOCK_PROFILES.quick, rounds: 1, seed: 0, size: 128, waitSeconds: 0, dyno: '0.0.0', out };
  await expect(writeIphoneBundle(request)).rejects.toThrow('is not fed');
  expect(existsSync(out)).toBe(false);
});

describe('results that the Swift engine wrote', () => {
  test('become records: a block, a failed one, its plan; what was no block is left out', async () => {
    const files = swiftRun();
    const spec = files.get(layout.spec('b')) as Uint8Array;
    const batchId = batchSpecSchema.parse(JSON.parse(Buffer.from(spec).toString())).models[0]?.id ?? expect.fail();
    const model = { id: 'net', path: '/nowhere/net.onnx', sha256: '0'.repeat(64), inputs: { x: [1, 4, 4, 1] }, feedSha256: '', batchId, names: { y: 'output' }, macs: {}, asPackage: false };
    const plan: IphonePlan = {
      format: 'iphone-1', dyno: '0.0.0', createdAt: '', target: 'ane', chip: null, batchSha256: createHash('sha256').update(spec).digest('hex'), seed: 0, size: 4, ...QUICK, models: [model],
      blocks: [{ variant: 'net', unit: 'ane', round: 0, order: 0 }, { variant: 'net', unit: 'gpu', round: 0, order: 1 }], steps: { block: 0, failure: 1 },
    };
    files.set(layout.plan('b'), Buffer.from(JSON.stringify(sealIphonePlan(plan))));
    const results: IphoneResults = readIphoneResults(files, 'swift');
    const taken = await takeIphoneResults(results);
    expect([results.info.simulated, taken.evidence]).toEqual([false, 'measured(device)']);
    expect(taken.finished).toMatchObject([{ spec: { variant: 'net', unit: 'ane' }, block: { samples: [4, 4, 4, 4, 4], loadMs: 1300, warmLoadMs: 20 } }]);
    expect(taken.finished[0]?.settings?.['plan']).not.toContain('it was not asked for');
    expect(taken.failures).toMatchObject([{ spec: { unit: 'gpu' } }]);
    expect([...(taken.outputs[0]?.outputs.keys() ?? [])]).toEqual(['output']);
  });

  test('without a plan they are nobody’s, and say so', () => {
    expect(() => readIphoneResults(swiftRun(), 'swift')).toThrow('dyno pack did not write it');
    const damaged = temporary('half.tar.gz');
    writeFileSync(damaged, readFileSync(SWIFT_RESULTS).subarray(0, 300));
    expect(() => readTar(damaged)).toThrow();
  });
});
