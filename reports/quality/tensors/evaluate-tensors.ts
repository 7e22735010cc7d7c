import { DynoError, type Executor, type NamedArrays, type QualityRecord, UserError } from '../../../models/contracts/index.ts';
import { formatMetric } from '../metric.ts';
import { evidenceOf, type ScoreRow, ScoreTable } from '../score-table.ts';
import type { SeededDegradation } from '../test-case.ts';
import { type OutputScore, scoreOutputs } from './score-outputs.ts';
import type { TensorMetric } from './tensor-metric.ts';

/** A model on something that computes its outputs. */
export interface TensorVariant {
  readonly id: string;
  readonly modelPath: string;
  readonly executor: Executor;
}

/** One input of a data set, for any of the models. */
export interface TensorInput {
  readonly name: string;
  readonly tags: readonly string[];
  /** Its class, counted from 0; null where nobody says. */
  readonly label: number | null;
  /** As a model takes it. */
  feedOf(variant: TensorVariant): Promise<NamedArrays>;
}

export interface TensorRequest {
  readonly variants: readonly TensorVariant[];
  /** What outputs are compared with; it need not be among the variants. */
  readonly reference: TensorVariant;
  readonly inputs: readonly TensorInput[];
  readonly metrics: readonly TensorMetric[];
  readonly name: string;
  readonly degradation?: SeededDegradation | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number, note: string) => void;
  /** Takes a variant that its executor refuses; without it such a variant ends the evaluation. */
  readonly onRefused?: (variant: TensorVariant, error: DynoError) => void;
}

/**
 * Scores the outputs of any models, input by input, against those of a reference model or against labels. The reference has records of its own for
 * `accuracy` alone. Throws UserError where nothing is left to compare, for inputs without labels, and for outputs that do not belong together.
 */
export async function evaluateTensors(request: TensorRequest): Promise<QualityRecord[]> {
  const { variants, reference, inputs, metrics, name, degradation = null } = request;
  assertSomething(request);
  const table = new ScoreTable({ name, degradation });
  const alive = new Set([reference, ...variants.filter((variant) => keyOf(variant) !== keyOf(reference))]);
  for (const [done, input] of inputs.entries()) {
    request.signal?.throwIfAborted();
    request.onProgress?.(done, inputs.length, input.name);
    const wanted = await outputsOf(reference, input, request);
    for (const variant of [...alive]) {
      const outputs = variant === reference ? wanted : await outputsOrRefused(variant, input, request);
      if (!outputs) alive.delete(variant);
      else for (const metric of asked(metrics, variant, reference)) table.add(keyOf(variant), metric, { image: input.name, tags: input.tags, ...scored(metric, outputs, wanted, input) });
    }
  }
  const rows = [...alive].map((variant): ScoreRow => ({ key: keyOf(variant), variant: variant.id, executor: variant.executor.id, evidence: evidenceOf(variant.executor), note: null }));
  const compared = new Set(metrics.filter(({ metric }) => metric !== 'accuracy').map(formatMetric));
  const against = reference.executor.id === 'host' ? reference.id : `${reference.id} on ${reference.executor.id}`;
  return table.records(metrics, rows).map((record) => (compared.has(record.protocol) ? { ...record, against } : record));
}

function assertSomething({ variants, reference, inputs, metrics }: TensorRequest): void {
  if (inputs.length === 0) throw new UserError('There are no inputs to compare outputs on.', ['Give a folder of pictures or .npy files with --data DIR.']);
  const compares = metrics.find(({ metric }) => metric !== 'accuracy');
  if (compares && variants.every((variant) => keyOf(variant) === keyOf(reference))) {
    throw new UserError(`${formatMetric(compares)} compares with a reference model, and ${reference.id} is the only one.`, [
      'Give two models, the reference first, or name it with --reference MODEL.',
    ]);
  }
  const unlabelled = inputs.find(({ label }) => label === null);
  if (unlabelled && metrics.some(({ metric }) => metric === 'accuracy')) {
    throw new UserError(`accuracy needs labels, and ${unlabelled.name} has none.`, ['Put inputs in folders by class, or add labels.csv with FILE,LABEL a line.']);
  }
}

/** The reference is what the others are compared with: only labels say how good it is. */
function asked(metrics: readonly TensorMetric[], variant: TensorVariant, reference: TensorVariant): readonly TensorMetric[] {
  return variant === reference ? metrics.filter(({ metric }) => metric === 'accuracy') : metrics;
}

function scored(metric: TensorMetric, outputs: NamedArrays, wanted: NamedArrays, { name, label }: TensorInput): { value: number; notes: string[] } {
  const { value, finite }: OutputScore = scoreOutputs(metric, outputs, wanted, label);
  return { value, notes: finite ? [] : [`outputs for ${name} are not finite`] };
}

async function outputsOf(variant: TensorVariant, input: TensorInput, { signal }: TensorRequest): Promise<NamedArrays> {
  const [outputs] = await variant.executor.run(variant.modelPath, [await input.feedOf(variant)], { optimization: 'off', ...(signal ? { signal } : {}) });
  return outputs as NamedArrays;
}

async function outputsOrRefused(variant: TensorVariant, input: TensorInput, request: TensorRequest): Promise<NamedArrays | null> {
  try {
    return await outputsOf(variant, input, request);
  } catch (error) {
    if (!request.onRefused || !(error instanceof DynoError) || request.signal?.aborted) throw error;
    request.onRefused(variant, error);
    return null;
  }
}

function keyOf({ id, executor }: TensorVariant): string {
  return `${id} ${executor.id}`;
}
