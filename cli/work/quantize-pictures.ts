import { UserError } from '../../models/contracts/errors.ts';
import type { Executor, NamedArrays, Scorer } from '../../models/contracts/executor.ts';
import type { InputContract } from '../../models/contracts/input-contract.ts';
import type { Model } from '../../models/graph/model.ts';
import { evaluateQuality } from '../../reports/quality/evaluate.ts';
import { parseProtocol } from '../../reports/quality/protocol.ts';
import { type CalibrationRequest, calibrationSet } from './calibration.ts';

/** Pictures of a quantization: what calibrates, and what judges. Never the same. */
export interface QuantizePictures {
  readonly name: string;
  readonly calibration: readonly NamedArrays[];
  readonly extremes: readonly NamedArrays[];
  /** Least and largest value of an output that is an image like the input; null for other outputs. */
  readonly outputRange: readonly [number, number] | null;
  /** Files that no calibration saw; empty where nothing is judged. */
  readonly judged: readonly string[];
  /** Pieces of those. */
  readonly judgedPieces: readonly NamedArrays[];
}

/** One file in so many judges, the last ones by name. */
const JUDGED_SHARE = 4;

/** Reads the pictures of a folder; with `judge` some are kept apart. Throws UserError where there are too few for that. */
export async function quantizePictures(model: Model, contract: InputContract, request: CalibrationRequest, judge: boolean): Promise<QuantizePictures> {
  const { name, feeds, files, extremes } = await calibrationSet(model, contract, request);
  const outputRange = imageRange(model, contract);
  if (!judge) return { name, calibration: feeds, extremes: extremes(), outputRange, judged: [], judgedPieces: [] };
  const all = [...new Set(files)];
  if (all.length < 2) throw new UserError('Judging needs other pictures than calibrating, and there is one picture only.', ['Give a folder with two or more (--data DIR).']);
  const judged = new Set(all.slice(-Math.ceil(all.length / JUDGED_SHARE)));
  const calibration = feeds.filter((_, i) => !judged.has(files[i] as string));
  return { name, calibration, extremes: extremes(judged), outputRange, judged: [...judged], judgedPieces: feeds.filter((_, i) => judged.has(files[i] as string)) };
}

/** PSNR of luma against the originals of these files, as `psnr:y:crop:matlab`: higher is better. */
export function pictureScorer(files: readonly string[], contract: InputContract, executor: Executor): Scorer {
  const protocol = parseProtocol('psnr:y:crop:matlab');
  return {
    id: 'psnr:y:crop:matlab',
    async score(modelPath, signal) {
      let sum = 0;
      for (const images of files) {
        const { records } = await evaluateQuality({ variants: [{ id: 'model', modelPath, contract, executor }], images, protocols: [protocol], cropSize: null, ...(signal ? { signal } : {}) });
        sum += records.find(({ variant }) => variant === 'model')?.mean as number;
      }
      return sum / files.length;
    },
  };
}

function imageRange({ graph }: Model, { name, range, mean, std, layout }: InputContract): readonly [number, number] | null {
  const axis = layout === 'NHWC' ? -1 : 1;
  const [input, output] = [graph.inputs.find((value) => value.name === name)?.type.shape?.at(axis), graph.outputs[0]?.type.shape?.at(axis)];
  const isPlain = mean.every((m) => m === 0) && std.every((s) => s === 1);
  return isPlain && graph.outputs.length === 1 && typeof input === 'number' && input === output ? range : null;
}
