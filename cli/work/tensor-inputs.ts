import { dirname } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { InputContract } from '../../models/contracts/input-contract.ts';
import type { Model } from '../../models/graph/index.ts';
import { readNpy } from '../../models/run/npy.ts';
import { readNpz } from '../../models/run/npz.ts';
import { type ImageFile, openImages } from '../../reports/quality/dataset.ts';
import { applyDegradation } from '../../reports/quality/degradation/apply-degradation.ts';
import { degrade, modCrop } from '../../reports/quality/degrade.ts';
import { cropImage, type Image, mapPlanes } from '../../reports/quality/image.ts';
import type { Size } from '../../reports/quality/infer.ts';
import { pilResize } from '../../reports/quality/pil-resize.ts';
import { readImage } from '../../reports/quality/read-image.ts';
import { readTags, withTags } from '../../reports/quality/tags.ts';
import { imageToTensor } from '../../reports/quality/tensor-image.ts';
import { cutTile } from '../../reports/quality/tiles.ts';
import { type ArrayFile, listArrays } from '../../reports/quality/tensors/array-folder.ts';
import type { TensorInput } from '../../reports/quality/tensors/evaluate-tensors.ts';
import { labelsOf } from '../../reports/quality/tensors/labels.ts';
import { enlargementOf } from './calibration.ts';
import { realInputs } from './contract.ts';
import type { QualityDataset } from './quality-datasets.ts';
import { assertFits, onlyInput } from './user-feeds.ts';

/** A model, read: what its inputs look like. */
export interface KnownModel {
  readonly model: Model;
  readonly contract: InputContract;
}

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

/** Open pictures are cut to a multiple of this, which networks that unshuffle or work in windows need. */
const MULTIPLE = 8;

/**
 * What a folder gives to any model: arrays of `.npy` and `.npz` files, or pictures as the input contract says. For a model that gives pictures they
 * are reduced by its scale and cut; for one that gives scores the whole picture is resized to its input. Throws UserError for inputs that do not fit.
 */
export async function tensorInputs(dataset: QualityDataset, options: TensorInputOptions): Promise<TensorInput[]> {
  const folder = typeof dataset.images === 'string' ? dataset.images : dataset.images.hr;
  const arrays = await listArrays(folder);
  const scale = enlargementOf(options.reference.model, options.reference.contract);
  const set = arrays.length > 0 ? { name: dataset.name, files: arrays.map((file) => ({ ...file, hr: file.path, lr: null })) } : await openImages(dataset.images, scale);
  const { files } = withTags(set, { ...(await readTags(dataset.images)), ...dataset.tags });
  const isFile = files.length === 1 && files[0]?.hr === folder;
  const labels = options.labelled ? await labelsOf(isFile ? dirname(folder) : folder, files.map(({ name }) => name)) : null;
  return files.map((file): TensorInput => {
    const feedOf = arrays.length > 0 ? arrayFeed(file as unknown as ArrayFile, options) : pictureFeed(file, dataset, scale, options);
    const own = new Set(options.labelled ? folderTags(file.name) : []);
    return { name: file.name, tags: file.tags.filter((tag) => !own.has(tag)), label: labels?.get(file.name) ?? null, feedOf: ({ modelPath }) => feedOf(options.models.get(modelPath) as KnownModel) };
  });
}

function folderTags(name: string): string[] {
  return name.includes('/') ? [name.slice(0, name.indexOf('/'))] : [];
}

type FeedOf = (known: KnownModel) => Promise<NamedArrays>;

function arrayFeed({ path }: ArrayFile, _options: TensorInputOptions): FeedOf {
  return async ({ model }) => {
    const inputs = realInputs(model);
    if (!path.toLowerCase().endsWith('.npz')) {
      const [value, array] = [onlyInput(inputs, path), readNpy(path)];
      assertFits(value, array, path);
      return new Map([[value.name, array]]);
    }
    const arrays = readNpz(path);
    return new Map(inputs.map((value) => {
      const array = arrays.get(value.name);
      if (!array) throw new UserError(`${path} has no array for the input "${value.name}".`, [`It holds: ${[...arrays.keys()].join(', ') || 'nothing'}. Save it with numpy.savez(file, ${value.name}=…).`]);
      assertFits(value, array, `${path}, ${value.name}`);
      return [value.name, array];
    }));
  };
}

/** The picture is read and made ready once for all models. */
function pictureFeed(file: ImageFile, dataset: QualityDataset, scale: number, { reference, size }: TensorInputOptions): FeedOf {
  let ready: Promise<Image> | null = null;
  return async ({ model, contract }) => {
    if (realInputs(model).length !== 1 || contract.kind !== 'image') {
      throw new UserError(`Pictures cannot be fed to ${realInputs(model).map(({ name }) => `"${name}"`).join(', ')}.`, ['Give a folder of .npz files with an array for each input, or describe the image with "input" in the config.']);
    }
    ready ??= preparedPicture(file, dataset, givesScores(reference.model) ? 1 : scale, givesScores(reference.model), size);
    return new Map([[contract.name, imageToTensor(await ready, contract)]]);
  };
}

async function preparedPicture(file: ImageFile, { degradation }: QualityDataset, scale: number, whole: boolean, size: Size | null): Promise<Image> {
  const { image } = await readImage(file.lr ?? file.hr);
  const context = { scale, lr: 'matlab', image: file.name } as const;
  const step = Math.max(1, Math.round(scale));
  const seen = file.lr !== null ? image
    : degradation ? await applyDegradation(modCrop(image, step), degradation.steps, { ...context, seed: degradation.seed })
    : scale === 1 ? image : degrade(modCrop(image, step), scale, 'matlab');
  if (!size) return modCrop(seen, Math.min(seen.width, seen.height) < MULTIPLE ? 1 : MULTIPLE);
  return whole ? fitted(seen, size) : middle(seen, size);
}

/** The whole picture, as classifiers are fed: the shorter side resized to the input by Pillow's bilinear filter, the rest cut around the centre. */
function fitted(image: Image, { width, height }: Size): Image {
  const ratio = Math.max(width / image.width, height / image.height);
  const [w, h] = [Math.max(width, Math.round(image.width * ratio)), Math.max(height, Math.round(image.height * ratio))];
  const resized = mapPlanes(image, (plane) => pilResize(plane, w, h, 'bilinear'));
  return cropImage(resized, Math.floor((w - width) / 2), Math.floor((h - height) / 2), width, height);
}

/** The piece in the middle; pixels beyond a small picture repeat its edge. */
function middle(image: Image, { width, height }: Size): Image {
  return cutTile(image, Math.max(0, Math.floor((image.width - width) / 2)), Math.max(0, Math.floor((image.height - height) / 2)), width, height);
}

/** Whether the first output has one place only: scores of classes, an embedding. */
function givesScores({ graph }: Model): boolean {
  const shape = graph.outputs[0]?.type.shape;
  return shape !== null && shape !== undefined && (shape.length < 3 || shape.slice(2).every((side) => side === 1));
}
