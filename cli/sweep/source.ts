import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import type { Model } from '../../models/graph/model.ts';
import { bindInputShapes, type StaticShapes } from '../../models/graph/static.ts';
import { staticShape, type ValueType } from '../../models/graph/types.ts';
import { type Form, networkNamed, trainedNames, untrainedWeights } from '../../models/zoo/index.ts';
import type { ModelEntry } from '../config/config.ts';
import { packageRoot } from '../package-root.ts';
import { inputContract, realInputs } from '../work/contract.ts';
import { openModel } from '../work/open-model.ts';
import type { Size } from './resolution.ts';
import type { SweepFile } from './sweep-file.ts';

/** Where a model of a sweep comes from, and what is known of it before anything is made. */
export interface Source {
  /** What generates or names it. */
  readonly origin:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'zoo'; readonly network: string; readonly form: Form | null; readonly seed: number; readonly trained: boolean };
  readonly input: ModelEntry['input'];
  /** Output side over input side; null for what makes no picture of a picture. */
  readonly scale: number | null;
  /** The size that the file fixes; null where it is open. */
  readonly fixed: Size | null;
  /** Sides of the input are multiples of it. */
  readonly multiple: number;
  /** False where sizes are written into the graph, so that every resolution is a model of its own. */
  readonly open: boolean;
  /** What its weights are where nobody trained them; null for all others. */
  readonly untrained: string | null;
}

/** Side of inputs that a file leaves open and that nobody gives a size. */
export const OPEN_SIDE = 128;

export function weightsFolder(): string {
  return join(packageRoot(), 'models/zoo/weights');
}

/** The source of a model at a scale. Throws UserError for a file that is missing or unsound, an unknown network, and a scale that it has not. */
export function sourceOf(entry: SweepFile['models'][string], scale: number | null): Source {
  if (typeof entry !== 'string' && 'zoo' in entry) return zooSource(entry, scale);
  return fileSource(typeof entry === 'string' ? { path: entry } : entry, scale);
}

/** The scale that each model has where nobody says one; null for those that have none, or cannot be read. */
export function usualScales(models: SweepFile['models']): Record<string, number | null> {
  const scaleOf = (entry: SweepFile['models'][string]): number | null => {
    try {
      return sourceOf(entry, null).scale;
    } catch (error) {
      if (error instanceof UserError) return null;
      throw error;
    }
  };
  return Object.fromEntries(Object.entries(models).map(([name, entry]) => [name, scaleOf(entry)]));
}

function zooSource({ zoo, form, seed = 1, trained = false, scale: own }: Extract<SweepFile['models'][string], { zoo: string }>, asked: number | null): Source {
  const network = networkNamed(zoo);
  const scale = asked ?? own ?? (network.scales[0] as number);
  if (!network.scales.includes(scale)) throw new UserError(`${zoo} is not defined for ×${scale}.`, [`Scales: ${network.scales.join(', ')}.`]);
  const isTrained = trained && trainedNames(weightsFolder()).includes(`${zoo}-x${scale}`);
  return {
    origin: { kind: 'zoo', network: zoo, form: form ?? null, seed, trained: isTrained },
    input: undefined, scale, fixed: null, multiple: network.multiple?.(scale) ?? 1, open: network.dynamic !== false,
    untrained: isTrained ? null : `random seed=${seed}`,
  };
}

function fileSource({ path, input }: { readonly path: string; readonly input?: ModelEntry['input'] }, asked: number | null): Source {
  if (!existsSync(path)) throw new UserError(`${path} is not here.`, ['Check the path; paths are relative to the config.']);
  const { model, onnx, close } = openModel(path);
  try {
    const contract = inputContract(model, { input });
    const [height, width] = contract.layout === 'NHWC' ? contract.shape.slice(-3, -1) : contract.shape.slice(-2);
    const fixed = typeof height === 'number' && typeof width === 'number' && contract.shape.length >= 3 ? ([height, width] as const) : null;
    const { scale, multiple } = fixed ? { scale: scaleAt(model, contract, fixed), multiple: 1 } : probe(path, contract);
    const isOther = asked !== null && scale !== null && Math.abs(asked - scale) > 1e-9;
    if (isOther) throw new UserError(`It enlarges ${scale} times, not ${asked} times.`, ['Leave the scale out for files.']);
    return { origin: { kind: 'file', path }, input, scale, fixed, multiple, open: fixed === null, untrained: untrainedWeights(onnx.proto) };
  } finally {
    close();
  }
}

type Contract = ReturnType<typeof inputContract>;

/** Shapes of all inputs where the image has a size; what others leave open is 1. */
export function shapesAt(model: Model, contract: Contract, size: Size): StaticShapes {
  const own = (type: ValueType): number[] => (type.shape ?? []).map((dim) => (typeof dim === 'number' ? dim : 1));
  return new Map(realInputs(model).map(({ name, type }) => [name, name === contract.name ? shapeAt(contract, size) : own(type)]));
}

function shapeAt({ shape, layout }: Pick<Contract, 'shape' | 'layout'>, [height, width]: Size): number[] {
  const [h, w] = layout === 'NHWC' ? [shape.length - 3, shape.length - 2] : [shape.length - 2, shape.length - 1];
  return shape.map((dim, axis) => (axis === h ? height : axis === w ? width : (dim ?? 1)));
}

/** Sides of the first output over those of the input; null where they do not scale alike. Shapes must be inferred for that size. */
function scaleAt(model: Model, { layout }: Contract, [height, width]: Size): number | null {
  const shape = staticShape(model.graph.outputs[0]?.type);
  if (!shape || shape.length < 3) return null;
  const [h, w] = layout === 'NHWC' ? shape.slice(-3, -1) : shape.slice(-2);
  const scale = (h as number) / height;
  return scale === (w as number) / width ? scale : null;
}

/** The first of these that shape inference takes tells what sides must be multiples of. */
const MULTIPLES = [1, 2, 4, 8, 16, 32, 64];

function probe(path: string, contract: Contract): { scale: number | null; multiple: number } {
  let refused: unknown = null;
  for (const multiple of MULTIPLES) {
    const size: Size = [64 + multiple, 64 + multiple];
    const { model, close } = openModel(path);
    try {
      bindInputShapes(model, shapesAt(model, contract, size));
      return { scale: scaleAt(model, contract, size), multiple };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refused = error;
    } finally {
      close();
    }
  }
  throw refused;
}
