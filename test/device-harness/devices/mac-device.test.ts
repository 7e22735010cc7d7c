import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openMac } from '../../../cli/work/mac.ts';
import { findEnvironment, pythonFolder, PythonWorker } from '../../../converters/toolchain/index.ts';
import { BLOCK_PROFILES, type BlockReport, createMacDevice, folderVariantOf } from '../../../device-harness/index.ts';
import { placementOf, type PlannedOperation, plannedOperations } from '../../../device-harness/devices/mac/protocol.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { repoRoot } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const environment = findEnvironment();
const PLAN: readonly PlannedOperation[] = [
  { function: 'main', type: 'const', value: 'w', preferred: null, supported: [], cost: null },
  { function: 'main', type: 'conv', value: 'a', preferred: 'ane', supported: ['ane', 'gpu', 'cpu'], cost: 0.75 },
  { function: 'main', type: 'conv', value: 'b', preferred: 'ane', supported: ['ane', 'cpu'], cost: 0.125 },
  { function: 'main', type: 'gather', value: 'c', preferred: 'cpu', supported: ['cpu'], cost: 0.125 },
];

/** The real worker and job, with the stand-in where coremltools would be found. */
function standIn(): PythonWorker {
  cpSync(pythonFolder(), temporary('python'), { recursive: true });
  cpSync(join(repoRoot, 'test/stand-ins/mac/coremltools'), temporary('python', 'coremltools'), { recursive: true });
  writeFileSync(temporary('python', 'plan.json'), JSON.stringify(PLAN));
  return new PythonWorker(environment?.python as string, temporary('python'), { ...process.env, DYNO_SPAWN: '1' });
}

async function run(name: string, units: readonly string[], values: Tensor, keepOutputs = false): Promise<BlockReport[]> {
  mkdirSync(temporary(name), { recursive: true });
  writeFileSync(temporary(name, 'Manifest.json'), '{}');
  const device = createMacDevice(standIn());
  try {
    const variant = await folderVariantOf('v', temporary(name), new Map([['input', values.toNdArray()]]));
    const { warmUp, timed } = BLOCK_PROFILES.quick;
    const ticket = await device.submit({ variants: [variant], blocks: units.map((unit, order) => ({ variant: 'v', unit, round: 0, order })), warmUp: { ...warmUp, minMs: 10, tolerance: 10 }, timed: { ...timed, minRuns: 5, minMs: 5 }, keepOutputs });
    while ((await device.poll(ticket)).state !== 'finished') await new Promise((resolve) => setTimeout(resolve, 20));
    return await device.collect(ticket);
  } finally {
    await device.close();
  }
}

const calls = (): object[] => readFileSync(temporary('python', 'calls.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as object);

describe.skipIf(!environment)('blocks through the worker, against the stand-in', () => {
  test('each unit by Core ML’s name, cold and warm load, samples, outputs and the plan', async () => {
    const reports = await run('model.mlpackage', ['ane', 'gpu', 'cpu', 'all'], Tensor.of('float16', [1, 3], [1, 2, 3]), true);
    for (const report of reports) {
      if (!report.ok) throw new Error(report.message + report.output);
      expect(report.block.samples.length).toBeGreaterThanOrEqual(5);
      expect(Math.min(...report.block.samples)).toBeGreaterThanOrEqual(2);
      expect([report.block.loadMs > 0, (report.block.warmLoadMs ?? 0) > 0, report.block.warmup.runs >= 6, report.effectiveUnit]).toEqual([true, true, true, 'ane+cpu']);
      expect(Array.from(report.outputs?.get('output')?.data as Float32Array)).toEqual([0, 1, 2, 3]);
      expect(report.warnings).toEqual(['planned: 1 of 3 operations leave the ane (12.5 % of the cost): gather c on cpu']);
    }
    const units = calls().flatMap((call) => ('compile' in call ? [(call as unknown as { units: string }).units] : []));
    expect(units).toEqual(['CPU_AND_NE', 'CPU_AND_GPU', 'CPU_ONLY', 'ALL']);
    expect(calls()).toContainEqual({ fed: { input: { dtype: 'float16', shape: [1, 3] } } });
  }, 480_000);

  test('images are fed as images, with the pixels that the array holds', async () => {
    const pixels = Tensor.of('float32', [1, 3, 2, 4], Array.from({ length: 24 }, (_, i) => (i === 8 ? 300 : i + 0.4)));
    const [report] = await run('image.mlpackage', ['cpu'], pixels);
    expect(report?.ok).toBe(true);
    expect(calls()).toContainEqual({ fed: { input: { mode: 'RGB', size: [4, 2], first: [0, 255, 16] } } });
  }, 480_000);

  test('a crash inside of Core ML is a failed block, and the next one runs', async () => {
    const [report] = await run('crash.mlpackage', ['ane'], Tensor.of('float32', [1, 3], [1, 2, 3]));
    expect(report).toMatchObject({ ok: false, message: expect.stringMatching(/SIGABRT/) });
    expect((await run('model.mlpackage', ['ane'], Tensor.of('float32', [1, 3], [1, 2, 3])))[0]?.ok).toBe(true);
  }, 480_000);

  test('the stand-in has the names and parameters of the real coremltools', () => {
    const script = (folder: string | null): string => [
      ...(folder === null ? [] : [`import sys; sys.path.insert(0, ${JSON.stringify(folder)})`]),
      'import logging; logging.disable()', 'import inspect, json, coremltools', 'from coremltools.models import CompiledMLModel, MLModel', 'from coremltools.models.compute_plan import MLComputePlan',
      'names = lambda f: list(inspect.signature(f).parameters)',
      'functions = [MLModel.predict, MLModel.get_compiled_model_path, MLModel.get_spec, MLComputePlan.load_from_path, MLComputePlan.get_compute_device_usage_for_mlprogram_operation, MLComputePlan.get_estimated_cost_for_mlprogram_operation]',
      'first = [names(MLModel.__init__)[:6], names(CompiledMLModel.__init__)[:3]]',
      'print(json.dumps([[names(f) for f in functions], first, {u.name: u.value for u in coremltools.ComputeUnit}]))',
    ].join('\n');
    const [real, ours] = [null, join(repoRoot, 'test/stand-ins/mac')].map((folder) => spawnSync(environment?.python ?? '', ['-c', script(folder)], { encoding: 'utf8', env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } }).stdout);
    expect(JSON.parse(ours as string)).toEqual(JSON.parse(real as string));
  }, 480_000);
});

test('where the plan leaves operations, by their share', () => {
  expect(placementOf(null)).toEqual({ unit: null, warnings: [] });
  expect(placementOf(PLAN.slice(0, 3))).toEqual({ unit: 'ane', warnings: [] });
  const many = Array.from({ length: 7 }, (_, i): PlannedOperation => ({ function: 'main', type: 'add', value: `v${i}`, preferred: 'gpu', supported: ['gpu'], cost: 0.01 }));
  expect(placementOf([...PLAN, ...many]).warnings[0]).toMatch(/^planned: 8 of 10 operations leave the ane \(19\.5 % of the cost\): gather c on cpu, add v0 on gpu, .* and 4 more$/);
});

test('operations in the order of the program, each where the plan puts it; constants have no place', () => {
  expect(plannedOperations(null)).toEqual({});
  const anywhere: PlannedOperation = { function: 'main', type: 'ios18.relu', value: 'd', preferred: 'new unit', supported: [], cost: null };
  expect(plannedOperations([...PLAN, anywhere])).toEqual({ placement: { by: 'cost', operations: [
    { name: 'a', opType: 'conv', place: 'ane', work: 0.75 }, { name: 'b', opType: 'conv', place: 'ane', work: 0.125 }, { name: 'c', opType: 'gather', place: 'cpu', work: 0.125 },
    { name: 'd', opType: 'relu', place: 'other', work: 0 },
  ] } });
});

test('units and forms that a Mac does not have are refused before anything runs; elsewhere there is no Core ML', async () => {
  const device = createMacDevice({ run: () => Promise.reject(new Error('ran')), close: async () => {} });
  expect(() => device.checkUnit?.('cpu:1')).toThrow(/no unit "cpu:1"/);
  const { warmUp, timed } = BLOCK_PROFILES.quick;
  await expect(device.submit({ variants: [{ id: 'v', modelPath: 'm.onnx', sha256: '', feed: new Map() }], blocks: [{ variant: 'v', unit: 'ane', round: 0, order: 0 }], warmUp, timed, keepOutputs: false })).rejects.toThrow(/no Core ML package/);
  expect(() => openMac({}, 'linux')).toThrow(/macOS only, and this is linux/);
});
