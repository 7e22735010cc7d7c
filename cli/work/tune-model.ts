import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynoError, UserError } from '../../models/contracts/errors.ts';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { CandidateLine } from '../../models/contracts/events.ts';
import type { InputContract } from '../../models/contracts/input-contract.ts';
import type { Scorer } from '../../models/contracts/executor.ts';
import { parseTarget } from '../../models/contracts/selectors.ts';
import { bindInputShapes, parseStaticShape, type StaticShapes } from '../../models/graph/static.ts';
import { staticShape } from '../../models/graph/types.ts';
import { Model } from '../../models/graph/model.ts';
import { readModel } from '../../models/onnx/read.ts';
import { createHostExecutor } from '../../models/run/host-executor.ts';
import { openHtpToolchain } from '../../converters/htp/index.ts';
import type { Precision } from '../../converters/rewrites/rewrite.ts';
import { resolveSoc, resolveTarget } from '../../converters/rules/resolve-target.ts';
import { isQuantizedInside } from '../../converters/quantize/index.ts';
import { type Candidate, movedBytes, type Objective, type Row, type TunedFolder, tuneForHtp, type TuneRequest, type TuneResult, writeTuned } from '../../converters/tune/index.ts';
import type { Config } from '../config/config.ts';
import { calibrationSet } from './calibration.ts';
import { inputContract, realInputs } from './contract.ts';
import type { ModelRef } from './model-refs.ts';
import { contractsOf } from './open-model.ts';

export interface TuneJob {
  readonly ref: ModelRef;
  readonly target: string;
  readonly precision: Precision;
  readonly shapes: readonly string[];
  readonly config: Pick<Config, 'images' | 'quantize' | 'bench' | 'rewrite' | 'seed'>;
  readonly objective: Objective;
  readonly floor: number | null;
  /** Who scores candidates, for the objective `quality`. */
  readonly scorer: ((contract: InputContract) => Scorer) | null;
  readonly candidates: readonly Candidate[] | null;
  readonly rows: readonly number[];
  readonly outputRange: readonly [number, number] | null;
  readonly vtcmMb: number | null;
  readonly most: number | null;
  readonly verify: boolean;
  /** Null writes nothing. */
  readonly out: string | null;
  /** What goes into `tune.json` besides, once the winner is known. */
  readonly about: (result: TuneResult) => Readonly<Record<string, unknown>>;
  readonly env: NodeJS.ProcessEnv;
  readonly onCandidate: (line: CandidateLine) => void;
  readonly progress: (note: string, done: number) => void;
  readonly signal: AbortSignal;
}

export interface TuneOutcome {
  readonly chip: string;
  readonly note: string | null;
  readonly result: TuneResult;
  readonly contracts: ReadonlyMap<string, InputContract>;
  readonly written: TunedFolder | null;
}

/** Tunes a model for one chip. Throws UserError where there is no compiler, where sizes are open, and as `tuneForHtp` does. */
export async function tuneModel(job: TuneJob): Promise<TuneOutcome> {
  const selector = parseTarget(job.target);
  if (selector.kind !== 'htp') throw new UserError(`${job.target} has no compiler here.`, ['Tune for an htp target: --target htp:SM8550.']);
  const { soc, note } = resolveSoc(selector.hardware);
  const toolchain = openHtpToolchain(job.env);
  if (toolchain instanceof DynoError) throw toolchain;
  const executor = createHostExecutor();
  const onnx = readModel(job.ref.path);
  try {
    const shapes: StaticShapes = new Map(job.shapes.map(parseStaticShape));
    const model = new Model(onnx.proto);
    bindInputShapes(model, shapes);
    const contract = inputContract(new Model(onnx.proto), job.ref);
    const calibration = await calibrationFeeds(job, onnx.proto);
    const { percentile, methods: [method = 'minmax'] } = job.config.quantize;
    const range = method === 'auto' ? 'minmax' : method;
    let tried = 0;
    const request: TuneRequest = {
      toolchain, soc, objective: job.objective, verify: job.verify, folder: mkdtempSync(join(tmpdir(), 'dyno-tune-')), rows: job.rows,
      allow: { layout: job.config.rewrite.allow.includes('layout'), dtype: job.config.rewrite.allow.includes('dtype') },
      source: {
        proto: onnx.proto, write: { from: onnx, signal: job.signal }, target: resolveTarget(job.target), precision: job.precision, shapes, calibration, range, percentile, executor,
        calibrationShapes: smallShapes(model, shapes, calibration), contracts: contractsOf(model, job.ref), seed: job.config.seed, signal: job.signal,
        allow: job.config.rewrite.allow.filter((item): item is 'border' | 'approximate' => item === 'border' || item === 'approximate'),
        ...(job.outputRange ? { outputRange: job.outputRange } : {}),
      },
      ...(job.floor === null ? {} : { floor: job.floor }), ...(job.candidates ? { candidates: job.candidates } : {}), ...(job.most === null ? {} : { most: job.most }),
      ...(job.vtcmMb === null ? {} : { fixed: { vtcmMb: job.vtcmMb } }),
      ...(job.scorer ? { scorer: (contracts) => (job.scorer as NonNullable<TuneJob['scorer']>)(contracts.get(contract.name) ?? contract) } : {}),
      onRow: (row) => {
        job.onCandidate(lineOf(row));
        job.progress(row.name, ++tried);
      },
      onNote: (text) => job.progress(text, tried),
    };
    return await tuneForHtp(request, async (result) => ({
      chip: soc.chip, note, result, contracts: result.variant.contracts,
      written: job.out === null ? null : await writeTuned(result, request, job.ref.id, job.out, job.about(result)),
    }));
  } finally {
    onnx.close();
    await executor.close();
    await toolchain.close();
  }
}

/** Pictures as the model takes them; none where nothing is quantized. */
async function calibrationFeeds({ ref, precision, config, candidates }: TuneJob, proto: Model['proto']): Promise<readonly NamedArrays[]> {
  const model = new Model(proto);
  const quantizes = candidates ? candidates.some(({ place }) => place !== 'float') : precision.startsWith('w') && !isQuantizedInside(model.graph);
  if (!quantizes) return [];
  if (config.images === null) throw new UserError('Quantizing needs pictures to calibrate with.', ['Give a folder with --data DIR, or "images" in the config.']);
  const { feeds } = await calibrationSet(model, inputContract(model, ref), { images: config.images, most: config.quantize.images, size: config.bench.size });
  return feeds;
}

/** The sizes of what calibrates; those it is compiled for where nothing does. */
function smallShapes(model: Model, shapes: StaticShapes, [feed]: readonly NamedArrays[]): StaticShapes {
  if (!feed) return shapes;
  return new Map(realInputs(model).map(({ name, type }) => [name, feed.get(name)?.dims ?? staticShape(type) ?? []]));
}

function lineOf({ name, figures, reason }: Row): CandidateLine {
  return {
    name, reason, bytes: figures ? movedBytes(figures) : null, spillBytes: figures?.spillFillBytes ?? null, limitBytes: figures?.limit.uint8Face ?? null,
  };
}
