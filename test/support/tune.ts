import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { HtpToolchain } from '../../converters/htp/index.ts';
import { resolveSoc, resolveTarget } from '../../converters/rules/index.ts';
import type { TuneRequest, TuneSource } from '../../converters/tune/index.ts';
import type { InputContract, NamedArrays } from '../../models/contracts/index.ts';
import { Tensor } from '../../models/onnx/index.ts';
import { createHostExecutor, Prng, seededInputs } from '../../models/run/index.ts';
import { buildModel, type ModelSpec } from './build-model.ts';
import { htpToolchain } from './htp.ts';

/** Removed when the tests of a file are over. */
export const root = mkdtempSync(join(tmpdir(), 'dyno-tune-test-'));
const executor = createHostExecutor();
afterAll(async () => {
  await executor.close();
  await htpToolchain?.close();
  rmSync(root, { recursive: true });
});

const prng = new Prng(6);
export const random = (scale: number, ...dims: number[]): Tensor => Tensor.of('float32', dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => prng.normal() * scale));
const scalar = (value: number): Tensor => Tensor.of('float32', [], [value]);
/** Two layers, a Clip and a shuffle; height and width open. */
export const NETWORK: ModelSpec = {
  inputs: { x: ['float32', [1, 3, 'H', 'W']] }, outputs: { y: ['float32', [1, 3, '2*H', '2*W']] },
  initializers: { a: random(0.3, 16, 3, 3, 3), b: random(0.15, 12, 16, 3, 3), lo: scalar(0), hi: scalar(1) },
  nodes: [['Conv', ['x', 'a'], ['c'], { pads: [1, 1, 1, 1] }], ['Relu', ['c'], ['r']], ['Conv', ['r', 'b'], ['d'], { pads: [1, 1, 1, 1] }], ['Clip', ['d', 'lo', 'hi'], ['k']],
    ['DepthToSpace', ['k'], ['y'], { blocksize: 2, mode: 'CRD' }]],
};
const CONTRACT: InputContract = { name: 'x', kind: 'image', color: 'rgb', range: [0, 1], mean: [0], std: [1], layout: 'NCHW', dtype: 'float32', shape: [1, 3, null, null] };
export const feedsOf = (height: number, width: number): NamedArrays[] => seededInputs([{ name: 'x', dtype: 'float32', dims: [1, 3, height, width], range: [0, 1] }], { seed: 4, kinds: ['unit', 'normal'] });

/** A network to be tuned at 64×96, calibrated at 24×32. */
export function sourceOf(spec: ModelSpec = NETWORK, more: Partial<TuneSource> = {}): TuneSource {
  return {
    proto: buildModel(spec), write: {}, target: resolveTarget('htp:SM8550'), precision: 'w8a8', shapes: new Map([['x', [1, 3, 64, 96]]]), calibrationShapes: new Map([['x', [1, 3, 24, 32]]]),
    calibration: feedsOf(24, 32), range: 'minmax', contracts: new Map([['x', CONTRACT]]), allow: [], executor, seed: 1, ...more,
  };
}

let folders = 0;
/** A request with folders and a cache of its own. */
export function requestOf(more: Partial<TuneRequest> = {}, of: TuneSource = sourceOf()): TuneRequest {
  return {
    source: of, toolchain: htpToolchain as HtpToolchain, soc: resolveSoc('SM8550').soc, allow: { layout: true, dtype: true }, objective: 'traffic', verify: false,
    folder: join(root, `work${folders++}`), cache: join(root, `cache${folders}`), ...more,
  };
}
