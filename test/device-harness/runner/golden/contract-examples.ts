import type {
  ArrayFeed, BatchSpec, BlockResult, ComputePlan, Failure, PartManifest, PhotoResult, Phase, PixelFace, RunnerInfo, Status, Step, SustainedResult,
} from '../../../../device-harness/runner/index.ts';
import { failureKindSchema } from '../../../../device-harness/runner/contract/results.ts';
import { phaseSchema } from '../../../../device-harness/runner/contract/status.ts';
import { dtypeSchema, outputsSchema, thermalSchema, unitSchema } from '../../../../device-harness/runner/contract/words.ts';

const MODEL = 'a3'.repeat(32);
const FEED = '0f'.repeat(32);
const PHOTO = 'c7'.repeat(32);
const AT = '2026-11-21T17:30:00.250Z';
const LATER = '2026-11-21T17:31:07.001Z';

const manifest: PartManifest = {
  schema: 1, sha256: MODEL, kind: 'package', name: 'net.mlpackage',
  files: [
    { path: 'Manifest.json', bytes: 617, sha256: '11'.repeat(32), parts: [{ name: 'part-00000', bytes: 617 }] },
    { path: 'Data/com.apple.CoreML/weights/weight.bin', bytes: 8388609, sha256: '22'.repeat(32), parts: [{ name: 'part-00001', bytes: 8388608 }, { name: 'part-00002', bytes: 1 }] },
    { path: 'Data/com.apple.CoreML/empty', bytes: 0, sha256: '33'.repeat(32), parts: [] },
  ],
};

const feedManifest: PartManifest = { schema: 1, sha256: FEED, kind: 'file', name: 'input "x" – größe.bin', files: [{ path: 'x', bytes: 1, sha256: FEED, parts: [{ name: 'part-00000', bytes: 1 }] }] };

const arrays: ArrayFeed[] = dtypeSchema.options.map((dtype, i) => ({ type: 'array', input: `x${i}`, blob: FEED, dtype, dims: [1, 3, 224, 224], memory: i % 2 ? 'aligned' : 'packed' }));
const face: PixelFace = { channels: [2, 1, 0], scale: [1 / 255, 0.1, 1e-7], bias: [-0.5, 0, 3], layout: 'NHWC', dtype: 'float16', block: 2, order: 'DCR' };
const otherFace: PixelFace = { channels: [0], scale: [255], bias: [0], layout: 'NCHW', dtype: 'float32', block: 1, order: 'CRD' };
const picture = { blob: PHOTO, encoding: 'rgba8', width: 4032, height: 3024 } as const;
const tiles = [{ x: -8, y: -8, keep: { x: 0, y: 0, width: 240, height: 240 } }, { x: 232, y: -8, keep: { x: 240, y: 0, width: 240, height: 240 } }];

const blocks: Step[] = unitSchema.options.flatMap((unit, i) => outputsSchema.options.map((outputs, j) => ({ type: 'block', id: `r${i}-${j}`, model: 'net', unit, round: i, order: 3 * i + j, outputs })));
const photos: Step[] = (['loop', 'strided', 'metal'] as const).map((form, i) => ({
  type: 'photo', id: `photo-${form}`, model: 'net', unit: 'ane', round: 0, order: 20 + i, picture, tileWidth: 256, tileHeight: 256, scale: 2,
  input: { name: 'x', form, face }, output: { name: 'y', form: form === 'loop' ? 'loop' : 'strided', face: otherFace }, tiles, outputs: 'hashes',
}));

const batch: BatchSpec = {
  schema: 1, id: 'b-2026.11_1',
  models: [
    { id: 'net', blob: MODEL, function: null, feeds: [...arrays, { type: 'picture', input: 'photo', picture: { ...picture, encoding: 'encoded' }, face }] },
    {
      id: 'net-image', blob: PHOTO, function: 'v540p',
      feeds: (['bgra8', 'gray8', 'gray16f'] as const).map((format) => ({ type: 'pixels', input: format, blob: FEED, format, width: 64, height: 48 })),
    },
  ],
  steps: [
    ...blocks, ...photos,
    { type: 'plan', id: 'plan', model: 'net', unit: 'ane' },
    { type: 'sustained', id: 'sustained', model: 'net', unit: 'all', framesPerSecond: 29.97, seconds: 600, healthEveryMs: 5000 },
    {
      type: 'photo', id: 'photo-image', model: 'net-image', unit: 'all', round: 1, order: 30, picture: { ...picture, encoding: 'encoded' }, tileWidth: 256, tileHeight: 256, scale: 2,
      input: { name: 'image', form: 'image', face: null }, output: { name: 'image_out', form: 'image', face: null }, tiles, outputs: 'files',
    },
  ],
  warmUp: { minRuns: 10, minMs: 1000, maxMs: 30000, tolerance: 0.04 },
  timed: { minRuns: 100, minMs: 5000, maxRuns: 2000, maxMs: 60000 },
  coolDown: { gate: 'nominal', maxWaitMs: 120000, totalWaitMs: 1800000.5, pollMs: 1000 },
  attempts: 2, stepsPerLaunch: 4, heartbeatSeconds: 2.5,
};

const gates = (['fair', 'serious', 'critical'] as const).map((gate): [string, BatchSpec] => [
  `BatchSpec.gate-${gate}`, { ...batch, steps: batch.steps.slice(0, 1), stepsPerLaunch: null, coolDown: { ...batch.coolDown, gate } },
]);

function status(phase: Phase, i: number): Status {
  const ended = ['relaunch', 'stopped', 'finished', 'refused'].includes(phase);
  return {
    schema: 1, batch: batch.id, phase, step: ended ? null : 'r0-0', model: ended ? null : 'net', unit: ended ? null : 'ane', attempt: ended ? 0 : 2, launch: 3, done: i, total: 20,
    failed: 1, progress: 17 * i, at: AT, thermal: thermalSchema.options[i % 5] as Status['thermal'], lowPowerMode: i % 2 === 1, waitedMs: 1234.5,
    note: phase === 'refused' ? 'two steps have the same id' : null,
  };
}

const info: RunnerInfo = {
  schema: 1, version: '0.1.0', bundleId: 'com.npu-dyno.runner', device: 'iPhone14,2', system: 'iOS', systemVersion: '18.1', build: '22B83', processors: ['cpu', 'gpu', 'ane'],
  memoryBytes: 5919965184, freeBytes: 81234567890, battery: { level: 0.875, state: 'charging' }, thermal: 'nominal', lowPowerMode: false, simulated: false, at: AT,
};
const batteries = (['unknown', 'unplugged', 'full'] as const).map((state): [string, RunnerInfo] => [`RunnerInfo.battery-${state}`, { ...info, freeBytes: null, battery: { level: null, state } }]);

const head = { schema: 1, batch: batch.id, model: 'net', unit: 'ane', attempt: 1, startedAt: AT, finishedAt: LATER } as const;
const conditions = {
  thermalBefore: 'nominal', thermalAfter: 'fair', thermalWorst: 'serious', cooled: true, waitedMs: 0, lowPowerMode: false, batteryBefore: 0.875, batteryAfter: null,
} as const;
const memory = { beforeBytes: 21000000, loadedBytes: 64000000, peakBytes: 97000000 };
const load = { compileMs: 812.25, loadMs: 97700.125, againMs: 41.5, fresh: true };
const cachedLoad = { compileMs: null, loadMs: 40, againMs: 39.5, fresh: false };
const warnings = ['the thermal state rose from nominal to fair'];

const block: BlockResult = {
  ...head, type: 'block', step: 'r0-0', round: 0, order: 0, load, firstMs: 7.625, warmUp: { runs: 40, stable: true }, samples: [3.25, 3.125, 1e-3, 4], conditions, memory,
  inputs: [{ name: 'x', dtype: 'float16', dims: [1, 3, 5], strides: [96, 32, 1], backing: 'own' }],
  outputs: [{ name: 'y', dtype: 'float32', dims: [1, 10], bytes: 40, sha256: FEED, file: 'outputs/r0-0/0.bin' }, { name: 'image', dtype: 'uint8', dims: [8, 8, 4], bytes: 256, sha256: MODEL, file: null }],
  outputForms: [{ name: 'y', dtype: 'float32', dims: [1, 10], strides: [10, 1], backing: 'core-ml' }], warnings: [],
};

const plan: ComputePlan = {
  ...head, type: 'plan', step: 'plan', planMs: 120.5,
  operations: [
    { function: 'main', type: 'const', output: 'w', preferred: null, supported: [], cost: null },
    { function: 'main', type: 'ios17.conv', output: 'c', preferred: 'ane', supported: ['cpu', 'gpu', 'ane'], cost: 0.75 },
    { function: 'main', type: 'ios17.cumsum', output: 'd', preferred: 'cpu', supported: ['cpu', 'gpu'], cost: 0.25 },
  ],
  segments: [{ processor: 'ane', first: 1, last: 1, operations: 1, cost: 0.75 }, { processor: 'cpu', first: 2, last: 2, operations: 1, cost: 0.25 }],
  shares: [{ processor: 'ane', operations: 1, cost: 0.75 }, { processor: 'cpu', operations: 1, cost: 0.25 }],
};

const sustained: SustainedResult = {
  ...head, type: 'sustained', step: 'sustained', load: cachedLoad, framesPerSecond: 29.97, seconds: 600.0625, frames: 17982, missed: 3, samples: [3, 4.5], cpuSeconds: 12.5,
  health: [{ atMs: 0, thermal: 'nominal', lowPowerMode: false, footprintBytes: 64000000 }, { atMs: 5000.5, thermal: 'critical', lowPowerMode: true, footprintBytes: 64000001 }],
  conditions: { ...conditions, cooled: false, waitedMs: 120000, batteryBefore: null, batteryAfter: 0.8 }, memory, warnings,
};

const photo: PhotoResult = {
  ...head, type: 'photo', step: 'photo-metal', round: 0, order: 22, load: cachedLoad, decodeMs: 150.5, setUpMs: 22, prepareMs: [0.5, 0.25], predictMs: [12, 11.5], readMs: [2, 2.25],
  totalMs: 28.75, output: { name: 'y', dtype: 'uint8', dims: [6048, 8064, 4], bytes: 195084288, sha256: PHOTO, file: null }, conditions, memory, warnings,
};

const failures = failureKindSchema.options.map((kind): [string, Failure] => [
  `StepResult.failure-${kind}`, { ...head, type: 'failure', step: 'r0-0', kind, phase: 'loading-again', message: 'Unable to "load" model.', detail: 'com.apple.CoreML 0: ANE\nNSOSStatus -14', thermal: 'unknown' },
]);

/** One document of each kind, with every field and every word of the contract between them: file name without `.json` (its first part is the type) to content. */
export const CONTRACT_EXAMPLES: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['PartManifest.package', manifest],
  ['PartManifest.file', feedManifest],
  ['BatchSpec.full', batch],
  ...gates,
  ...phaseSchema.options.map((phase, i): [string, Status] => [`Status.${phase}`, status(phase, i)]),
  ['RunnerInfo.phone', info],
  ...batteries,
  ['StepResult.block', block],
  ['StepResult.plan', plan],
  ['StepResult.sustained', sustained],
  ['StepResult.photo', photo],
  ['StepResult.photo-without-output', { ...photo, output: null }],
  ...failures,
]);
