import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NamedArrays } from '../../../models/contracts/index.ts';
import { Model, inferShapes, bindInputShapes } from '../../../models/graph/index.ts';
import { readModel } from '../../../models/onnx/index.ts';
import { convertWithSdk } from '../../../converters/qnn/convert-with-sdk.ts';
import type { SdkResult } from '../../../converters/qnn/place-artifact.ts';
import type { SdkConversion } from '../../../converters/qnn/sdk-conversion.ts';
import { findSdk, type QnnSdk } from '../../../converters/qnn/sdk.ts';
import { toolEnvironment } from '../../../converters/qnn/tool-environment.ts';
import { resolveSoc } from '../../../converters/rules/resolve-target.ts';
import { findEnvironment } from '../../../converters/toolchain/index.ts';
import { makeVirtualSdk } from '../../../device-harness/virtual/qnn-sdk/make-sdk.ts';
import { type ModelSpec, buildModel, toBytes } from '../../support/build-model.ts';
import { type InProcess, standInRunner } from './stand-in-runner.ts';

export interface Asked extends Partial<Pick<SdkConversion, 'chain' | 'form' | 'precision' | 'feeds' | 'encodings' | 'preserveIo' | 'keep' | 'runner' | 'timeoutMs' | 'signal' | 'shapes'>> {
  /** Version of the SDK that is stood in for. */
  readonly version?: string;
  readonly chip?: string;
  /** `DYNO_STAND_IN`. */
  readonly wrong?: string;
  /** File name of the model. */
  readonly name?: string;
}

const VERSION = '2.40.0.250724';

/** Writes a model, makes a stand-in SDK beside it and converts. */
export async function convert(folder: string, model: ModelSpec | string, asked: Asked = {}): Promise<{ result: SdkResult; runner: InProcess; job: SdkConversion }> {
  const { job, runner, close } = conversion(folder, model, asked);
  try {
    return { result: await convertWithSdk(job), runner, job };
  } finally {
    close();
  }
}

/** The installed Python environment with a cache that goes with the test. */
function ownCache(folder: string): Record<string, string> {
  const found = findEnvironment();
  return { DYNO_CACHE: join(folder, 'cache'), ...(found ? { DYNO_PYTHON_ENV: found.folder } : {}) };
}

/** What `convert` would do, to be asked in another way. */
export function conversion(folder: string, source: ModelSpec | string, asked: Asked = {}): { job: SdkConversion; runner: InProcess; close: () => void } {
  const { version = VERSION, chip = 'SM8650', wrong, name = 'model.onnx', ...rest } = asked;
  const modelPath = typeof source === 'string' ? source : join(folder, name);
  if (typeof source !== 'string') writeFileSync(modelPath, toBytes(buildModel(source)));
  const root = join(folder, 'sdk');
  makeVirtualSdk(root, { version });
  const sdk = findSdk(root, {}) as QnnSdk;
  const onnx = readModel(modelPath);
  const model = new Model(onnx.proto);
  const { shapes = new Map() } = rest;
  if (shapes.size > 0) bindInputShapes(model, shapes);
  else inferShapes(model);
  const base = { ...process.env, ...ownCache(folder), ANDROID_NDK_ROOT: folder, ...(wrong ? { DYNO_STAND_IN: wrong } : {}) };
  const runner = standInRunner(version, base);
  const job: SdkConversion = {
    sdk, python: 'python3', environment: toolEnvironment(sdk, { python: null, ndk: null }), runner, chain: 'qnn', form: 'context-binary', precision: 'fp32', soc: resolveSoc(chip).soc, modelPath, onnx, model,
    shapes, feeds: null, encodings: null, preserveIo: false, keep: null, out: join(folder, 'out'), timeoutMs: 60_000, base, progress: () => undefined, ...rest,
  };
  return { job, runner, close: () => onnx.close() };
}

/** Seeded inputs between 0 and 1. */
export function feedsOf(dims: Readonly<Record<string, readonly number[]>>, count = 2): NamedArrays[] {
  return Array.from({ length: count }, (_, feed) => new Map(Object.entries(dims).map(([name, shape]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return [name, { dtype: 'float32' as const, dims: shape, data: Float32Array.from({ length: size }, (_, i) => ((i * 37 + feed * 11) % 101) / 100) }];
  })));
}
