import { UserError } from '../../models/contracts/errors.ts';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { InputContract } from '../../models/contracts/input-contract.ts';
import type { Model } from '../../models/graph/model.ts';
import { staticShape } from '../../models/graph/types.ts';
import { openImages, type ImageSource } from '../../reports/quality/dataset.ts';
import { degrade, modCrop } from '../../reports/quality/degrade.ts';
import { type Image, imageOf, planesOf } from '../../reports/quality/image.ts';
import { readImage } from '../../reports/quality/read-image.ts';
import { imageToTensor } from '../../reports/quality/tensor-image.ts';
import { cutTile } from '../../reports/quality/tiles.ts';
import { realInputs } from './contract.ts';

export interface CalibrationSet {
  readonly name: string;
  readonly feeds: readonly NamedArrays[];
  /** The file that each feed is a piece of. */
  readonly files: readonly string[];
  /** Pieces with their contrast raised, up to black and white, but for those of some files: they widen ranges beyond what few pictures show. */
  extremes(without?: ReadonlySet<string>): readonly NamedArrays[];
}

export interface CalibrationRequest {
  readonly images: ImageSource;
  /** Pieces of pictures at most. */
  readonly most: number;
  /** Side of a piece where model and contract leave it open. */
  readonly size: number;
}

/**
 * What a model will see, from a folder of pictures: pieces in the model's own input size, spread evenly over the pictures. For a model that
 * enlarges, pictures are reduced by its scale first, as its input will be. Throws UserError for models that take no single picture.
 */
export async function calibrationSet(
  model: Model,
  contract: InputContract,
  { images, most, size }: CalibrationRequest,
): Promise<CalibrationSet> {
  const inputs = realInputs(model);
  if (inputs.length !== 1 || contract.kind !== 'image') {
    throw new UserError('Calibration by pictures needs a model with one image input.', [
      `This one takes ${inputs.map(({ name }) => name).join(', ')}; describe the image with "input" in the config.`,
    ]);
  }
  const [height, width] = spatial(contract).map((side) => side ?? size) as [number, number];
  const scale = enlargementOf(model, contract);
  const { name, files } = await openImages(images, scale);
  const perImage = Math.max(1, Math.floor(most / files.length));
  const seenPieces: { readonly piece: Image; readonly file: string }[] = [];
  for (const file of files.slice(0, most)) {
    const { image } = await readImage(file.lr ?? file.hr);
    const seen = file.lr !== null || scale === 1 ? image : degrade(modCrop(image, scale), scale, 'matlab');
    for (const piece of pieces(seen, width, height, perImage)) seenPieces.push({ piece, file: file.hr });
  }
  const feed = (piece: Image): NamedArrays => new Map([[contract.name, imageToTensor(piece, contract)]]);
  return {
    name, feeds: seenPieces.map(({ piece }) => feed(piece)), files: seenPieces.map(({ file }) => file),
    extremes: (without) => seenPieces.filter(({ file }, i) => i % EXTREME_SHARE === 0 && !without?.has(file)).map(({ piece }) => feed(raisedContrast(piece))),
  };
}

/** One piece of so many is looked at with its contrast raised, by so much. */
const EXTREME_SHARE = 2;
const CONTRAST = 1.5;

function raisedContrast(image: Image): Image {
  const levels = Uint8Array.from({ length: 256 }, (_, level) => Math.max(0, Math.min(255, Math.round((level - 127.5) * CONTRAST + 127.5))));
  return imageOf(planesOf(image).map(({ data, ...size }) => ({ ...size, data: Uint8Array.from(data, (level) => levels[Math.round(level)] as number) })));
}

/** Whole-number scale between input and output of a model, 1 where it has none or shapes are open. */
export function enlargementOf(model: Model, contract: InputContract): number {
  const input = staticShape(model.graph.inputs.find(({ name }) => name === contract.name)?.type);
  const output = staticShape(model.graph.outputs[0]?.type);
  if (!input || !output || input.length !== output.length) return symbolicScale(model, contract);
  const axis = contract.layout === 'NHWC' ? -3 : -2;
  const ratio = (output.at(axis) as number) / (input.at(axis) as number);
  return Number.isInteger(ratio) && ratio >= 1 ? ratio : 1;
}

/** `2*H` over `H`. */
function symbolicScale(model: Model, contract: InputContract): number {
  const axis = contract.layout === 'NHWC' ? -3 : -2;
  const input = model.graph.inputs.find(({ name }) => name === contract.name)?.type.shape?.at(axis);
  const output = model.graph.outputs[0]?.type.shape?.at(axis);
  if (typeof input !== 'string' || typeof output !== 'string') return 1;
  const factor = /^(\d+)\*(.+)$/.exec(output);
  return factor && factor[2] === input ? Number(factor[1]) : 1;
}

function spatial({ shape, layout }: InputContract): [number | null, number | null] {
  const [height, width] = layout === 'NHWC' ? shape.slice(-3, -1) : shape.slice(-2);
  return [height ?? null, width ?? null];
}

/** `count` pieces along the diagonals of a picture; a picture smaller than a piece gives one, its edge repeated. */
function pieces(image: Image, width: number, height: number, count: number): Image[] {
  const room = { x: Math.max(0, image.width - width), y: Math.max(0, image.height - height) };
  const most = room.x === 0 && room.y === 0 ? 1 : count;
  return Array.from({ length: most }, (_, i) => {
    const t = most === 1 ? 0.5 : i / (most - 1);
    return cutTile(image, Math.round(room.x * t), Math.round(room.y * (i % 2 === 0 ? t : 1 - t)), width, height);
  });
}
