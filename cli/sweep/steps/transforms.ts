import { applyCompression } from '../../../converters/compress/index.ts';
import { UserError } from '../../../models/contracts/errors.ts';
import type { ModelEntry } from '../../config/config.ts';
import { DEFAULTS } from '../../config/defaults.ts';
import type { Step } from '../../pipeline/step.ts';
import { plural } from '../../ui/numbers.ts';
import { calibrationSet } from '../../work/calibration.ts';
import { inputContract } from '../../work/contract.ts';
import { quantizeFor } from '../../work/quantize-model.ts';
import { rewriteFor } from '../../work/rewrite-model.ts';
import { type PrecisionRequest, computedPrecision } from '../precision.ts';
import type { Pictures } from '../pictures.ts';
import { OPEN_SIDE } from '../source.ts';
import type { SweepTools } from '../tools.ts';
import { transformStep, withModel, writeTransformed } from './built.ts';

/** What all steps that change a model need. */
export interface Shared {
  readonly tools: SweepTools;
  readonly calibrate: Pictures | null;
  /** Pieces of pictures that quantization sees, at most. */
  readonly pieces: number;
  readonly seed: number;
  readonly versions: object;
}

/** One model to another. */
export interface Change {
  readonly id: string;
  readonly from: string;
  readonly model: string;
  /** What it is so far, for people: the model and what was done to it. */
  readonly name: string;
  readonly input: ModelEntry['input'];
}

/** Pieces of pictures that pruning looks at. */
const PIECES = 8;

/** Pruning, or another way to store weights. */
export function compressStep({ id, from, model, name: called, input }: Change, spec: string, { tools, calibrate, versions }: Shared): Step {
  return transformStep({
    id, from, kind: 'compress', title: `Compress ${called}: ${spec}`, key: { spec, input, pictures: calibrate?.hash ?? null, versions }, name: fileName(model, spec),
    make: (path, out, { scratch, signal, progress }) => withModel(path, async ({ model: before, onnx }) => {
      const needsFeeds = /^(heads|neurons)|\+(heads|neurons)/.test(spec);
      const feeds = needsFeeds ? (await calibrationSet(before, inputContract(before, { input }), { images: here(calibrate).folder, most: PIECES, size: OPEN_SIDE })).feeds : [];
      const calibration = { executor: tools.host, feeds, folder: scratch, write: { from: onnx } };
      const { model: after, log } = await applyCompression(before, spec, { progress: (note) => progress(note), signal, ...(needsFeeds ? { calibration } : {}) });
      const changed = log.steps.reduce((sum, { changes }) => sum + changes.length, 0);
      return { written: await writeTransformed(after, out, onnx, signal), notes: [], summary: `${changed} places changed` };
    }),
  });
}

/** The recipe of a target. Every patch is compared with what it replaces. */
export function rewriteStep({ id, from, model, name: called, input }: Change, target: string, request: PrecisionRequest, { tools, seed, versions }: Shared): Step {
  const precision = computedPrecision(request, target);
  return transformStep({
    id, from, kind: 'rewrite', title: `Rewrite ${called} for ${target}`, key: { target, precision, input, seed, versions }, name: fileName(model, target),
    make: async (path, out, { signal, progress }) => {
      const outcome = await rewriteFor({
        ref: { id: model, path, input }, target, precision, settings: DEFAULTS.rewrite, seed, out, executor: tools.host, progress: (note) => progress(note), signal,
      });
      const fired = outcome.log.records.filter((record) => record.outcome === 'fired').length;
      const summary = `${fired} rewrites fired, ${outcome.log.nodesBefore} → ${outcome.log.nodesAfter} nodes`;
      return { written: outcome.written as NonNullable<typeof outcome.written>, notes: [], summary };
    },
  });
}

/** Another type of weights or activations. */
export function precisionStep(change: Change, text: string, request: Exclude<PrecisionRequest, { kind: 'as-is' }>, { tools, calibrate, pieces, versions }: Shared): Step {
  const { id, from, model, name: called, input } = change;
  const name = fileName(model, text);
  if (request.kind === 'format') {
    return transformStep({
      id, from, kind: 'convert', title: `Convert ${called} to ${text}`, key: { spec: request.spec, versions }, name,
      make: (path, out, { signal }) => withModel(path, async ({ model: before, onnx }) => {
        const { model: after, log } = await applyCompression(before, request.spec, { signal });
        const changed = log.steps.reduce((sum, { changes }) => sum + changes.length, 0);
        return { written: await writeTransformed(after, out, onnx, signal), notes: [], summary: `${changed} places changed` };
      }),
    });
  }
  const { scheme, method, budget } = request;
  const { percentile } = DEFAULTS.quantize;
  return transformStep({
    id, from, kind: 'quantize', title: `Quantize ${called}: ${text}`, name,
    key: { scheme, method, budget, percentile, images: pieces, input, pictures: calibrate?.hash ?? null, versions },
    make: async (path, out, { signal, progress }) => {
      const config = { images: here(calibrate).folder, quantize: { scheme, methods: [method], percentile, images: pieces }, bench: { ...DEFAULTS.bench, size: OPEN_SIDE } };
      const result = await quantizeFor({ ref: { id: model, path, input }, method, budget, config, out, executor: tools.host, progress, signal });
      const chosen = result.choice ? [`recipe: ${result.recipe}`] : [];
      const mixed = result.mixed ? [mixedNote(result.mixed, budget as number)] : [];
      return { written: result.written, notes: [...chosen, ...mixed], summary: `${result.quantizedNodes} nodes quantized on ${result.images} pieces of ${result.dataset}` };
    },
  });
}

function mixedNote({ layers, after, holds }: NonNullable<Awaited<ReturnType<typeof quantizeFor>>['mixed']>, budget: number): string {
  const wide = `${plural([...layers.values()].length, 'layer')} with 16-bit activations, ${after.toFixed(3)} dB lost on pictures kept apart`;
  return holds ? wide : `${wide}: the budget of ${budget} dB is not kept`;
}

function fileName(model: string, how: string): string {
  return `${model}-${how.replace(/[^\w.-]+/g, '-')}`;
}

function here(calibrate: Pictures | null): Pictures {
  if (calibrate) return calibrate;
  throw new UserError('The pictures to calibrate with are not here.', ['Name a folder that is, or leave "calibrate" out for those of this package.']);
}
