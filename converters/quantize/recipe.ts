import { join } from 'node:path';
import type { Executor, NamedArrays } from '../../models/contracts/index.ts';
import type { Model } from '../../models/graph/index.ts';
import { type WriteOptions, writeModel } from '../../models/onnx/index.ts';
import { equalize } from './equalize/equalize.ts';
import { foldResiduals } from './fold-residuals.ts';
import type { LayerPrecisions } from './precisions.ts';
import { type Calibrated, type QuantizeResult, quantizeModel } from './quantize.ts';
import type { RangeMethod, SchemeName, WeightCare } from './scheme.ts';

/** All that is decided about how a model is quantized, besides the bits. */
export interface Recipe extends WeightCare {
  readonly range: RangeMethod;
  /** Strength of cross-layer equalization, 0 to 1; 0 leaves channels as they are. */
  readonly equalize: number;
  /** Whether residuals and parallel branches are folded into kernels first. */
  readonly fold: boolean;
  /** Rounds of fitting layers to quantized inputs. */
  readonly refine: number;
  /** Whether ranges cover inputs of raised contrast, and outputs end where callers cut them off. */
  readonly inputsKnown: boolean;
}

export const RECIPE: Recipe = { range: 'minmax', rounding: 'second-order', granularity: 'channel', biasCorrection: true, equalize: 0, fold: false, refine: 0, inputsKnown: true };

/** The float model, and what is known of its inputs. */
export interface RecipeSource {
  readonly model: Model;
  readonly path: string;
  readonly write?: WriteOptions;
  /** Tells this file and these inputs from others, for what is kept. */
  readonly key: string;
  readonly calibration: readonly NamedArrays[];
  readonly extremes: readonly NamedArrays[];
  readonly outputRange: readonly [low: number, high: number] | null;
  readonly percentile: number;
}

export interface Kitchen {
  readonly executor: Executor;
  /** Folded and equalized models and drafts are written here. */
  readonly folder: string;
  /** Inputs of a calibration that are done. */
  readonly progress?: (done: number) => void;
  readonly signal?: AbortSignal;
}

/** Quantizes one model by recipes; float variants and what calibration saw of them are made once. */
export class Recipes {
  readonly #source: RecipeSource;
  readonly #kitchen: Kitchen;
  readonly #floats = new Map<string, Promise<FloatVariant | null>>();
  readonly #known = new Map<string, Calibrated>();
  #written = 0;

  constructor(source: RecipeSource, kitchen: Kitchen) {
    this.#source = source;
    this.#kitchen = kitchen;
  }

  /** Null where the recipe asks for a folding or an equalization that finds nothing to do. */
  async quantize(scheme: SchemeName, recipe: Recipe, layers?: LayerPrecisions): Promise<QuantizeResult | null> {
    const float = await this.#float(recipe);
    if (!float) return null;
    const { calibration, extremes, outputRange, percentile, write } = this.#source;
    const { executor, folder, progress, signal } = this.#kitchen;
    const { range, rounding, granularity, biasCorrection, refine, inputsKnown } = recipe;
    return quantizeModel(float.model, {
      scheme, range, percentile, rounding, granularity, biasCorrection, executor, modelPath: float.path, calibration,
      seen: { key: `${float.key} ${inputsKnown}`, known: this.#known },
      ...(refine > 0 ? { refine: { rounds: refine, scratch: { folder, ...(write ? { write } : {}) } } } : {}),
      ...(inputsKnown ? { extremes, ...(outputRange ? { outputRange } : {}) } : {}),
      ...(layers ? { layers } : {}), ...(progress ? { progress } : {}), ...(signal ? { signal } : {}),
    });
  }

  async #float(recipe: Recipe): Promise<FloatVariant | null> {
    const key = `${this.#source.key} ${recipe.fold} ${recipe.equalize} ${recipe.inputsKnown}`;
    const made = this.#floats.get(key) ?? this.#makeFloat(recipe, key);
    this.#floats.set(key, made);
    return made;
  }

  async #makeFloat({ fold, equalize: strength, inputsKnown }: Recipe, key: string): Promise<FloatVariant | null> {
    const { calibration, extremes, ...source } = this.#source;
    const { executor, signal } = this.#kitchen;
    if (strength === 0 && !fold) return { model: source.model, path: source.path, key };
    if (strength > 0) {
      const base = await this.#float({ ...RECIPE, fold, inputsKnown });
      if (!base) return null;
      const inputs = [...calibration, ...(inputsKnown ? extremes : [])];
      const { model } = await equalize(base.model, { executor, modelPath: base.path, calibration: inputs, strength, ...(signal ? { signal } : {}) });
      return model && this.#kept(model, key);
    }
    const folded = await foldResiduals(source.model, source.write ?? {});
    return folded && this.#kept(folded, key);
  }

  async #kept(model: Model, key: string): Promise<FloatVariant> {
    const path = join(this.#kitchen.folder, `float-${this.#written++}.onnx`);
    await writeModel(model.toProto(), path, this.#source.write);
    return { model, path, key };
  }
}

interface FloatVariant {
  readonly model: Model;
  readonly path: string;
  readonly key: string;
}

/** What is particular about a recipe, in few words. */
export function describeRecipe({ range, rounding, granularity, biasCorrection, equalize: strength, fold, refine, inputsKnown }: Recipe): string {
  return [
    range, granularity === 'tensor' ? 'per tensor' : '', rounding, rounding === 'nearest' && biasCorrection ? 'bias correction' : '',
    inputsKnown ? '' : 'as seen', strength > 0 ? `equalized ${strength}` : '', fold ? 'residuals folded' : '', refine > 0 ? `fitted ×${refine}` : '',
  ].filter((word) => word !== '').join(', ');
}
