import { UserError } from '../../models/contracts/index.ts';
import { checkWeightScheme, type WeightScheme } from './compress/weight-scheme.ts';
import type { FlexibleShapes } from './flexible.ts';
import type { ImageFaces } from './images.ts';
import { needs } from './needs.ts';
import { MIL_OPSETS, type MilOpset } from './plan.ts';

/** What a package is made for and of. */
export interface ConvertOptions {
  readonly opset: MilOpset;
  readonly precision: 'fp16' | 'fp32';
  /** Nodes, values or operators (`Softmax`) that stay float32 in an fp16 package. */
  readonly keepFp32?: readonly string[];
  /** Type of float inputs and outputs. */
  readonly ioDtype?: 'fp32' | 'fp16';
  /** Faces and whole numbers of other types than the model's, where Core ML has none of those. */
  readonly allowDtype?: boolean;
  /** What a product with a constant matrix becomes: `linear` unless told, or a convolution of 1×1. */
  readonly linearAs?: 'linear' | 'conv';
  /** How weights are stored; left out, as the model has them. */
  readonly weights?: WeightScheme;
  /** Weights of so many elements or fewer are not compressed; 2048 unless told. */
  readonly weightsAbove?: number;
  /** Inputs and outputs that are images. */
  readonly images?: ImageFaces;
  /** Sizes that open axes of inputs may take; `applyFlexibleShapes` has fixed the others. */
  readonly flexible?: FlexibleShapes;
  /** Feature names by names of the model. */
  readonly rename?: ReadonlyMap<string, string>;
  readonly metadata?: PackageMetadata;
}

/** What a package says of itself. */
export interface PackageMetadata {
  readonly author?: string;
  readonly license?: string;
  readonly version?: string;
  readonly description?: string;
  /** Further entries, e.g. the hash of the model that it was made of. */
  readonly user?: Readonly<Record<string, string>>;
}

/** `16` of `--min-ios`. Throws UserError naming the numbers that there are. */
export function parseMinIos(text: string): MilOpset {
  const found = MIL_OPSETS.find((opset) => opset === `iOS${text.replace(/^ios/i, '')}`);
  if (!found) throw new UserError(`There is no operator set of iOS ${text}.`, [`Choose --min-ios ${MIL_OPSETS.map((opset) => opset.slice(3)).join(', ')}.`]);
  return found;
}

/** `OLD=NEW` of `--rename`; several may be given. Throws UserError naming the form. */
export function parseRenames(texts: readonly string[]): ReadonlyMap<string, string> {
  const renames = new Map<string, string>();
  for (const text of texts) {
    const at = text.lastIndexOf('=');
    if (at < 1 || at === text.length - 1) throw new UserError(`"${text}" renames nothing.`, ['Write --rename OLD=NEW.']);
    if (renames.has(text.slice(0, at))) throw new UserError(`"${text.slice(0, at)}" is renamed twice.`, ['Name it once.']);
    renames.set(text.slice(0, at), text.slice(at + 1));
  }
  return renames;
}

/** Options that an operator set does not have. Throws UserError naming the least system that has them. */
export function checkOptions({ opset, precision, ioDtype, keepFp32, weights }: ConvertOptions): void {
  if (weights) checkWeightScheme(weights, opset);
  if (ioDtype === 'fp16' && opset === 'iOS15') throw needs('fp16 inputs and outputs', 16);
  if (precision === 'fp32' && keepFp32?.length) throw new UserError('All of an fp32 package is float32; there is nothing to keep.', ['Leave --keep-fp32 out, or convert with --precision fp16.']);
}
