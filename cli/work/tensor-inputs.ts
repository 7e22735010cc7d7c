import { dirname } from 'node:path';
import type { Model } from '../../models/graph/index.ts';
import { openImages } from '../../reports/quality/dataset.ts';
import type { Size } from '../../reports/quality/infer.ts';
import { readTags, withTags } from '../../reports/quality/tags.ts';
import { listArrays } from '../../reports/quality/tensors/array-folder.ts';
import type { TensorInput } from '../../reports/quality/tensors/evaluate-tensors.ts';
import { labelsOf } from '../../reports/quality/tensors/labels.ts';
import { arrayFeed } from './array-inputs.ts';
import { enlargementOf } from './calibration.ts';
import type { KnownModel } from './known-model.ts';
import { pictureFeeder } from './picture-inputs.ts';
import type { QualityDataset } from './quality-datasets.ts';

export interface TensorInputOptions {
  /** By path of the file. */
  readonly models: ReadonlyMap<string, KnownModel>;
  /** The one that the others are compared with: it says what pictures become. */
  readonly reference: KnownModel;
  /** Size that every picture has, where one model or executor takes one size only. */
  readonly size: Size | null;
  /** Inputs need labels; folders are then classes and no tags. */
  readonly labelled: boolean;
}

/**
 * What a folder gives to any model: arrays of `.npy` and `.npz` files, or pictures as the input contract says. For a model that gives pictures they
 * are reduced by its scale and cut; for one that gives scores the whole picture is resized to its input. Throws UserError for inputs that do not fit.
 */
export async function tensorInputs(dataset: QualityDataset, { models, reference, size, labelled }: TensorInputOptions): Promise<TensorInput[]> {
  const folder = typeof dataset.images === 'string' ? dataset.images : dataset.images.hr;
  const whole = givesScores(reference.model);
  const scale = whole ? 1 : enlargementOf(reference.model, reference.contract);
  const arrays = await listArrays(folder);
  const found = arrays.length > 0
    ? { name: dataset.name, files: arrays.map(({ path, ...file }) => ({ ...file, hr: path, lr: null })) }
    : await openImages(dataset.images, scale);
  const { files } = withTags(found, await readTags(dataset.images, dataset.tags));
  const isFile = files.length === 1 && files[0]?.hr === folder;
  const labels = labelled ? await labelsOf(isFile ? dirname(folder) : folder, files.map(({ name }) => name)) : null;
  return files.map((file): TensorInput => {
    const feed = arrays.length > 0
      ? async ({ model }: KnownModel) => arrayFeed(file.hr, model)
      : pictureFeeder(file, { degradation: dataset.degradation, scale, whole, size });
    return {
      name: file.name, tags: labelled ? file.tags.filter((tag) => !file.name.startsWith(`${tag}/`)) : file.tags, label: labels?.get(file.name) ?? null,
      feedOf: ({ modelPath }) => feed(models.get(modelPath) as KnownModel),
    };
  });
}

/** Whether the first output has one place only: scores of classes, an embedding. */
function givesScores({ graph }: Model): boolean {
  const shape = graph.outputs[0]?.type.shape;
  return shape !== null && shape !== undefined && (shape.length < 3 || shape.slice(2).every((side) => side === 1));
}
