import { type DynoError, UserError } from '../../models/contracts/errors.ts';
import type { QualityRecord } from '../../models/contracts/records.ts';
import { fixedSize, type Size } from '../../reports/quality/infer.ts';
import { evaluateTensors, type TensorVariant } from '../../reports/quality/tensors/evaluate-tensors.ts';
import type { TensorMetric } from '../../reports/quality/tensors/tensor-metric.ts';
import { inputContract } from './contract.ts';
import type { KnownModel } from './known-model.ts';
import type { ModelRef } from './model-refs.ts';
import { openModel } from './open-model.ts';
import type { QualityDataset } from './quality-datasets.ts';
import type { QualityExecutors } from './quality-executors.ts';
import { tensorInputs } from './tensor-inputs.ts';

export interface TensorWork {
  readonly models: readonly ModelRef[];
  /** On ONNX Runtime it is what the others are compared with. */
  readonly reference: ModelRef;
  readonly metrics: readonly TensorMetric[];
  readonly dataset: QualityDataset;
  readonly executors: QualityExecutors;
  readonly emulated: (model: ModelRef, emulator: string) => boolean;
  /** Side of pictures for models of open size on an emulator. */
  readonly tile: number;
  readonly progress: (done: number, total: number, note: string) => void;
  readonly refused: (model: string, executor: string, error: DynoError) => void;
  readonly signal: AbortSignal;
}

/** Scores the outputs of models of any kind on one data set against those of the reference model, or against labels. */
export async function judgeTensors({ models, reference, metrics, dataset, executors, emulated, tile, progress, refused, signal }: TensorWork): Promise<QualityRecord[]> {
  const { host, withHost, emulators, runtimes } = executors;
  const opened = new Map<string, KnownModel & { readonly size: Size | null; close(): void }>();
  try {
    for (const ref of [reference, ...models]) if (!opened.has(ref.path)) opened.set(ref.path, known(ref));
    const size = commonSize([...opened.values()].flatMap((one) => one.size ?? [])) ?? (emulators.length > 0 ? { width: tile, height: tile } : null);
    const on = ({ id, path }: ModelRef, executor: TensorVariant['executor']): TensorVariant => ({ id, modelPath: path, executor });
    const variants = models.flatMap((ref) => [
      ...(withHost ? [on(ref, host)] : []), ...emulators.filter(({ contexts }) => emulated(ref, contexts.id)).map(({ contexts }) => on(ref, contexts)), ...runtimes.map(({ executor }) => on(ref, executor)),
    ]);
    const labelled = metrics.some(({ metric }) => metric === 'accuracy');
    const inputs = await tensorInputs(dataset, { models: opened, reference: opened.get(reference.path) as KnownModel, size, labelled });
    return await evaluateTensors({
      variants, reference: on(reference, host), inputs, metrics, name: dataset.name, degradation: dataset.degradation, signal, onProgress: progress,
      onRefused: ({ id, executor }, error) => {
        if (executor === host) throw error;
        refused(id, executor.id, error);
      },
    });
  } finally {
    for (const { close } of opened.values()) close();
  }
}

/** The size that all models of fixed size take; null where none is fixed. Throws UserError for models of unlike sizes. */
function commonSize(sizes: readonly Size[]): Size | null {
  const [first, ...rest] = sizes;
  const other = rest.find(({ width, height }) => width !== first?.width || height !== first.height);
  if (!first || !other) return first ?? null;
  throw new UserError(`One model takes ${first.width}×${first.height} pictures and another ${other.width}×${other.height}: their outputs cannot be compared.`, ['Compare models of one input size.']);
}

function known(ref: ModelRef): KnownModel & { size: Size | null; close(): void } {
  const { model, close } = openModel(ref.path);
  const contract = inputContract(model, ref);
  return { model, contract, size: contract.kind === 'image' ? fixedSize(ref.path, contract) : null, close };
}
