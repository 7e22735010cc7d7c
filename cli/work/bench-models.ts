import {
  type BenchPlan,
  BLOCK_PROFILES,
  benchFeed,
  createHostDevice,
  type Device,
  type FinishedBlock,
  PLAN_DEFAULTS,
  runSchedule,
  type ScheduleResult,
  type Variant,
  variantOf,
} from '../../device-harness/index.ts';
import { isCoreMlPath } from '../../converters/coreml/package/core-ml-path.ts';
import { UserError } from '../../models/contracts/errors.ts';
import type { Emit } from '../../models/contracts/events.ts';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import { parseDevice } from '../../models/contracts/selectors.ts';
import type { Model } from '../../models/graph/model.ts';
import { bindInputShapes } from '../../models/graph/static.ts';
import type { Config } from '../config/config.ts';
import { inputContract, realInputs } from './contract.ts';
import type { ModelRef } from './model-refs.ts';
import { openMac, packageVariant } from './mac.ts';
import { openModel } from './open-model.ts';

export interface BenchRequest {
  /** Step that the events belong to. */
  readonly id: string;
  /** The first is what the others are compared with. */
  readonly models: readonly ModelRef[];
  readonly settings: Config['bench'];
  readonly seed: number;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly finished?: readonly FinishedBlock[];
  readonly onBlock?: (report: FinishedBlock) => void;
}

/** Times models side by side on the device of the settings. */
export async function benchModels(request: BenchRequest): Promise<ScheduleResult> {
  const { models, settings, emit, signal, finished, onBlock } = request;
  const device = openDevice(settings.on[0] as string);
  try {
    const variants: Variant[] = [];
    for (const ref of models) variants.push(await toVariant(ref, settings.size, request.seed));
    const [base, ...rest] = variants as [Variant, ...Variant[]];
    const plan: BenchPlan = {
      ...PLAN_DEFAULTS,
      ...BLOCK_PROFILES[settings.profile],
      id: request.id,
      variants,
      units: settings.units.length > 0 ? settings.units : ['cpu:1', 'cpu:all'],
      seed: request.seed,
      coolDown: coolDownOf(settings.wait),
      minRounds: settings.rounds[0],
      maxRounds: settings.rounds[1],
      pairings: rest.map(({ id }) => ({ base: base.id, candidate: id, maxIncrease: null })),
    };
    return await runSchedule(device, plan, { emit, signal, ...(finished ? { finished } : {}), ...(onBlock ? { onBlock } : {}) });
  } finally {
    await device.close();
  }
}

/** At most a sixth of the whole patience before one block. */
function coolDownOf(seconds: number): BenchPlan['coolDown'] {
  return { ...PLAN_DEFAULTS.coolDown, maxMs: (1000 * seconds) / 6, totalMs: 1000 * seconds };
}

/** The device that a selector names. Throws UserError where this dyno cannot measure there. */
export function openDevice(text: string, env: NodeJS.ProcessEnv = process.env): Device {
  const selector = parseDevice(text);
  if (selector.kind === 'host') return createHostDevice();
  if (selector.kind === 'mac') return openMac(env);
  throw new UserError(`This dyno cannot measure on ${text} yet.`, ['Use --on host, or on a Mac --on mac.']);
}

async function toVariant(ref: ModelRef, size: number, seed: number): Promise<Variant> {
  if (isCoreMlPath(ref.path)) return packageVariant(ref, seed);
  const { model, close } = openModel(ref.path);
  try {
    const contract = inputContract(model, ref);
    const inputs = realInputs(model).map(({ name, type }) => ({ name, dtype: type.dtype, dims: type.shape ?? [] }));
    const feed = benchFeed(inputs, contract.kind === 'image' || ref.input ? [contract] : [], { seed, defaultDim: size });
    checkSizes(model, feed);
    return await variantOf(ref.id, ref.path, feed);
  } finally {
    close();
  }
}

/** Sizes that the model cannot take, such as an odd height before an unshuffle, are said before anything runs. */
function checkSizes(model: Model, feed: NamedArrays): void {
  try {
    bindInputShapes(model, new Map([...feed].map(([name, { dims }]) => [name, dims])));
  } catch (error) {
    throw error instanceof UserError ? new UserError(error.message, ['Give another size: --size N, or "bench": { "size": N } in the config.'], { cause: error }) : error;
  }
}
