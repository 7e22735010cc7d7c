import { type DynoError, UserError } from '../../models/contracts/errors.ts';
import type { InputContract } from '../../models/contracts/input-contract.ts';
import type { QualityRecord } from '../../models/contracts/records.ts';
import { sha256File } from '../../models/onnx/index.ts';
import { evaluateQuality, type QualityResult, type QualityVariant } from '../../reports/quality/evaluate.ts';
import { fixedSize, type Size } from '../../reports/quality/infer.ts';
import { parseProtocol } from '../../reports/quality/protocol.ts';
import { measureTiling, type Tiling, widest } from '../../reports/quality/tiling.ts';
import type { Config } from '../config/config.ts';
import { inputContract } from './contract.ts';
import type { ModelRef } from './model-refs.ts';
import { openModel } from './open-model.ts';
import type { QualityExecutors } from './quality-executors.ts';
import { TimeLeft } from './time-left.ts';

export interface QualityWork {
  readonly models: readonly ModelRef[];
  readonly config: Pick<Config, 'images' | 'quality'>;
  readonly executors: QualityExecutors;
  /** Whether a model is scored on an emulator, by its id such as `emulator:SM8550`; all of them unless told. */
  readonly emulated?: (model: ModelRef, emulator: string) => boolean;
  /** Side of the pictures kept for a report; null keeps none. */
  readonly cropSize: number | null;
  readonly progress: (done: number, total: number, note: string) => void;
  readonly signal: AbortSignal;
}

export interface QualityOutcome extends QualityResult {
  /** Models that an emulator or another runtime refused or could not compute. */
  readonly refused: readonly Refused[];
}

interface Refused {
  readonly model: string;
  readonly executor: string;
  readonly error: DynoError;
}

/**
 * Scores models on the pictures of the config, beside bicubic interpolation: on ONNX Runtime, and on emulators from saved context binaries.
 * What takes one size only runs in tiles that overlap by what the model sees.
 */
export async function judgeQuality({ models, config, executors, emulated = () => true, cropSize, progress, signal }: QualityWork): Promise<QualityOutcome> {
  if (config.images === null) throw new UserError('Quality needs pictures.', ['Give a folder with --data DIR, or "images" in the config.']);
  const protocols = config.quality.metrics.map(parseProtocol);
  const judged = await Promise.all(models.map(judgedModel));
  const sizes = await tilings(judged, config.quality.tile, executors, signal);
  const variants = judged.flatMap(({ ref, contract, content, size }, i): QualityVariant[] => {
    const about = { id: ref.id, modelPath: ref.path, contract, content };
    const tiling = sizes[i] ? { tiling: sizes[i] } : {};
    const host = executors.withHost ? [{ ...about, executor: executors.host, ...(size ? tiling : {}) }] : [];
    const chips = executors.emulators.filter(({ contexts }) => emulated(ref, contexts.id))
      .map(({ contexts }) => ({ ...about, executor: contexts, pictured: !executors.withHost, ...tiling }));
    const runtimes = executors.runtimes.map(({ executor }) => ({ ...about, executor, pictured: !executors.withHost, ...(size ? tiling : {}) }));
    return [...host, ...chips, ...runtimes];
  });
  const refused: Refused[] = [];
  const left = new TimeLeft();
  const result = await evaluateQuality({
    variants, images: config.images, protocols, cropSize, signal, onProgress: progress,
    onRefused: ({ id, executor }, error) => {
      if (executor === executors.host) throw error;
      refused.push({ model: id, executor: executor.id, error });
    },
    onRuns: ({ image, done, of, images, total }) => {
      if (executors.emulators.length > 0) progress(images, total, `${image}, ${done} of ${of} runs${left.text((images + done / of) / total)}`);
    },
  });
  return { ...result, records: result.records.map((record) => withTools(record, executors)), refused };
}

interface Judged {
  readonly ref: ModelRef;
  readonly contract: InputContract;
  readonly content: string;
  /** Its own size, where the file fixes one. */
  readonly size: Size | null;
}

async function judgedModel(ref: ModelRef): Promise<Judged> {
  const { model, onnx, close } = openModel(ref.path);
  const contract = inputContract(model, ref);
  close();
  const hashes = await Promise.all([ref.path, ...onnx.dataFiles].map((path) => sha256File(path)));
  return { ref, contract, content: hashes.join(' '), size: fixedSize(ref.path, contract) };
}

/** How each model's images are cut, null where whole images run. Models of one size share one tiling, so that they can be compared. */
async function tilings(judged: readonly Judged[], tile: number, { host, emulators }: QualityExecutors, signal: AbortSignal): Promise<(Tiling | null)[]> {
  const measured = new Map<string, Tiling>();
  for (const { ref, contract, content, size } of judged) {
    if (measured.has(content) || (size === null && emulators.length === 0)) continue;
    measured.set(content, await measureTiling({ executor: host, modelPath: ref.path, contract, signal }, size ?? { width: tile, height: tile }));
  }
  const alike = (a: Tiling): Tiling[] => [...measured.values()].filter((b) => b.size.width === a.size.width && b.size.height === a.size.height);
  return judged.map(({ content }) => {
    const own = measured.get(content);
    return own ? widest(alike(own)) : null;
  });
}

function withTools(record: QualityRecord, { emulators, runtimes }: QualityExecutors): QualityRecord {
  const emulator = emulators.find(({ contexts }) => contexts.id === record.executor);
  const tools = emulator?.contexts.tools ?? runtimes.find(({ executor }) => executor.id === record.executor)?.tools;
  return tools ? { ...record, tools } : record;
}
