import { createHash, randomBytes } from 'node:crypto';
import { type BatchSpec, CONTRACT_VERSION, type RunnerModel, type Step, type Unit } from '../../runner/index.ts';
import type { Batch, BlockSpec, Variant } from '../device.ts';
import { variantIn } from '../serial-jobs.ts';
import type { BlobStore } from './blob-store.ts';
import { macsByOutput } from './package-macs.ts';
import { packageOf, travellingFeeds } from './phone-feeds.ts';

/** How the runner goes about a batch. */
export type RunnerRules = Pick<BatchSpec, 'coolDown' | 'attempts' | 'stepsPerLaunch' | 'heartbeatSeconds'>;

/** A model of a batch whose package and feeds are on the phone. */
export interface SentModel {
  readonly variant: Variant;
  readonly model: RunnerModel;
  readonly macs: ReadonlyMap<string, number>;
}

/** Sends what the variants need and the phone does not have. Throws UserError for what is no package, is not fed, or does not fit. */
export async function sendModels(variants: readonly Variant[], store: BlobStore, note: (text: string) => void, signal?: AbortSignal): Promise<SentModel[]> {
  const sent: SentModel[] = [];
  for (const [i, variant] of variants.entries()) {
    note(`sending ${variant.id}`);
    const content = packageOf(variant);
    const feeds = [];
    for (const { content: bytes, named } of travellingFeeds(variant, content)) feeds.push(named(await store.put(bytes, signal)));
    const name = variant.modelPath.endsWith('.mlmodel') ? 'model.mlmodel' : 'model.mlpackage';
    const blob = await store.put({ name, path: variant.modelPath }, signal);
    sent.push({ variant, model: { id: idOf(variant.id, i), blob, function: null, feeds }, macs: macsByOutput(content) });
  }
  return sent;
}

/** Steps, and the block of each that measures one. */
interface PlannedSteps {
  readonly steps: readonly Step[];
  readonly blocks: ReadonlyMap<string, BlockSpec>;
}

/** Steps for blocks, with a plan before the first block of a model on a unit that has none yet. */
export function stepsOf(batch: Batch, models: readonly SentModel[], isPlanned: (model: RunnerModel, unit: Unit) => boolean): PlannedSteps {
  const steps: Step[] = [];
  const blocks = new Map<string, BlockSpec>();
  const planned = new Set<string>();
  for (const [i, spec] of batch.blocks.entries()) {
    const variant = variantIn(batch, spec);
    const { model } = models.find((each) => each.variant === variant) as SentModel;
    const unit = spec.unit as Unit;
    const key = `${model.id} ${unit}`;
    if (!planned.has(key) && !isPlanned(model, unit)) steps.push({ type: 'plan', id: `p${i}`, model: model.id, unit });
    planned.add(key);
    blocks.set(`b${i}`, spec);
    steps.push({ type: 'block', id: `b${i}`, model: model.id, unit, round: spec.round, order: spec.order, outputs: batch.keepOutputs ? 'files' : 'hashes' });
  }
  return { steps, blocks };
}

/** A batch under an id of its own. */
export function batchOf(models: readonly SentModel[], steps: readonly Step[], { warmUp, timed }: Pick<Batch, 'warmUp' | 'timed'>, rules: RunnerRules): BatchSpec {
  const used = models.map(({ model }) => model).filter(({ id }) => steps.some((step) => step.model === id));
  return { schema: CONTRACT_VERSION, id: `dyno-${randomBytes(6).toString('hex')}`, models: used, steps: [...steps], warmUp: { ...warmUp }, timed: { ...timed }, ...rules };
}

/** What makes a step the same in another batch: the model's and the feeds' content, and how it is measured; not what it is called. */
export function stepKey({ models, warmUp, timed }: Pick<BatchSpec, 'models' | 'warmUp' | 'timed'>, { id: _, model: name, ...step }: Step): string {
  const model = models.find(({ id }) => id === name) as RunnerModel;
  return createHash('sha256').update(JSON.stringify([model.blob, model.function, model.feeds, Object.entries(step).sort(), warmUp, timed])).digest('hex');
}

/** Ids become file names on the phone, and variants may be called anything. */
function idOf(variant: string, index: number): string {
  const text = variant.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '').slice(0, 60);
  return `${text || 'model'}.${index}`;
}
