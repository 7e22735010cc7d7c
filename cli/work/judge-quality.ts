import type { DynoError } from '../../models/contracts/errors.ts';
import type { InputContract } from '../../models/contracts/input-contract.ts';
import type { QualityRecord } from '../../models/contracts/records.ts';
import { sha256File } from '../../models/onnx/index.ts';
import type { CropChoice } from '../../reports/quality/crops.ts';
import { evaluateQuality, type QualityResult, type QualityVariant } from '../../reports/quality/evaluate.ts';
import { fixedSize, type Size } from '../../reports/quality/infer.ts';
import { parseInterpolations } from '../../reports/quality/interpolate.ts';
import { formatMetric, isTensorMetric, parseMetric } from '../../reports/quality/metric.ts';
import type { Protocol } from '../../reports/quality/protocol.ts';
import { measureTiling, type Tiling, widest } from '../../reports/quality/tiling.ts';
import type { Config } from '../config/config.ts';
import { inputContract } from './contract.ts';
import { judgeTensors } from './judge-tensors.ts';
import type { ModelRef } from './model-refs.ts';
import { openModel } from './open-model.ts';
import { type QualityDataset, qualityDatasets } from './quality-datasets.ts';
import type { QualityExecutors } from './quality-executors.ts';
import { TimeLeft } from './time-left.ts';

export interface QualityWork {
  readonly models: readonly ModelRef[];
  /** What outputs are compared with; the first of the models unless told. It is scored only where it is among them. */
  readonly reference?: ModelRef;
  readonly config: Pick<Config, 'images' | 'quality'> & Partial<Pick<Config, 'seed'>>;
  readonly executors: QualityExecutors;
  /** Whether a model is scored on an emulator, by its id such as `emulator:SM8550`; all of them unless told. */
  readonly emulated?: (model: ModelRef, emulator: string) => boolean;
  /** Side of the pictures kept for a report; null keeps none. */
  readonly cropSize: number | null;
  /** Windows kept where models differ most; none unless told. */
  readonly worst?: { readonly size: number; readonly count: number } | null;
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
 * Scores models on the data sets of the config: pictures against their originals, beside interpolations, and outputs against those of a reference
 * model or against labels. On ONNX Runtime, on other runtimes, and on emulators from saved context binaries. What takes one size only runs in tiles that overlap by what
 * the model sees.
 */
export async function judgeQuality(work: QualityWork): Promise<QualityOutcome> {
  const { models, reference = models[0] as ModelRef, config, executors, emulated = () => true, progress, signal } = work;
  const datasets = qualityDatasets(config);
  const metrics = [...new Map(config.quality.metrics.map(parseMetric).map((metric) => [`${formatMetric(metric)} ${isTensorMetric(metric) ? '' : (metric.file ?? '')}`, metric])).values()];
  const protocols = metrics.flatMap((metric) => (isTensorMetric(metric) ? [] : [metric]));
  const tensors = metrics.filter(isTensorMetric);
  const outcome = { records: [] as QualityRecord[], crops: [] as CropChoice[], windows: [] as CropChoice[], scale: 1, refused: [] as Refused[] };
  const pictures = protocols.length > 0 ? await pictureVariants(work) : [];
  for (const dataset of datasets) {
    const place = (choice: CropChoice): CropChoice => (datasets.length > 1 ? { ...choice, image: `${dataset.name}/${choice.image}` } : choice);
    const refused = (model: string, executor: string, error: DynoError): void => {
      outcome.refused.push({ model, executor, error });
    };
    const compared = tensors.length === 0 ? [] : await judgeTensors({ models, reference, metrics: tensors, dataset, executors, emulated, tile: config.quality.tile, progress, refused, signal });
    if (protocols.length > 0) {
      const { records, crops, windows, scale } = await judgePictures(work, dataset, pictures, protocols, refused);
      outcome.records.push(...records);
      outcome.crops.push(...crops.map(place));
      outcome.windows.push(...windows.map(place));
      outcome.scale = scale;
    }
    outcome.records.push(...compared);
  }
  return { ...outcome, records: outcome.records.map((record) => withTools(record, executors)), refused: uniqueRefusals(outcome.refused) };
}

async function pictureVariants({ models, config, executors, emulated = () => true, signal }: QualityWork): Promise<QualityVariant[]> {
  const judged = await Promise.all(models.map(judgedModel));
  const sizes = await tilings(judged, config.quality.tile, executors, signal);
  return judged.flatMap(({ ref, contract, content, size }, i): QualityVariant[] => {
    const about = { id: ref.id, modelPath: ref.path, contract, content };
    const tiling = sizes[i] ? { tiling: sizes[i] } : {};
    const host = executors.withHost ? [{ ...about, executor: executors.host, ...(size ? tiling : {}) }] : [];
    const chips = executors.emulators.filter(({ contexts }) => emulated(ref, contexts.id))
      .map(({ contexts }) => ({ ...about, executor: contexts, pictured: !executors.withHost, ...tiling }));
    const runtimes = executors.runtimes.map(({ executor }) => ({ ...about, executor, pictured: !executors.withHost, ...(size ? tiling : {}) }));
    return [...host, ...chips, ...runtimes];
  });
}

async function judgePictures(
  { models, reference = models[0] as ModelRef, config, executors, cropSize, worst = null, progress, signal }: QualityWork, { name, images, degradation, tags }: QualityDataset, variants: readonly QualityVariant[],
  protocols: readonly Protocol[], refused: (model: string, executor: string, error: DynoError) => void,
): Promise<QualityResult> {
  const left = new TimeLeft();
  return evaluateQuality({
    variants, images, name, degradation, tags, protocols, cropSize, worst, reference: reference.id, signal, onProgress: progress,
    interpolations: parseInterpolations(config.quality.baselines),
    onRefused: ({ id, executor }, error) => {
      if (executor === executors.host) throw error;
      refused(id, executor.id, error);
    },
    onRuns: ({ image, done, of, images: before, total }) => {
      if (executors.emulators.length > 0) progress(before, total, `${image}, ${done} of ${of} runs${left.text((before + done / of) / total)}`);
    },
  });
}

/** A model that is refused for one data set is for all of them. */
function uniqueRefusals(refused: readonly Refused[]): Refused[] {
  return [...new Map(refused.map((one) => [`${one.model} ${one.executor}`, one])).values()];
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
