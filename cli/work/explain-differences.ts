import type { Finding } from '../../models/contracts/finding.ts';
import type { QualityRecord } from '../../models/contracts/records.ts';
import { type HtpArithmetic, verifyOnHtp } from '../../converters/htp/index.ts';
import type { Config } from '../config/config.ts';
import { calibrationSet } from './calibration.ts';
import { inputContract } from './contract.ts';
import type { ModelRef } from './model-refs.ts';
import { openModel } from './open-model.ts';
import type { Emulator, QualityExecutors } from './quality-executors.ts';

export interface DifferenceQuestion {
  readonly models: readonly ModelRef[];
  readonly config: Pick<Config, 'images' | 'quality'>;
  readonly executors: QualityExecutors;
  readonly records: readonly QualityRecord[];
  readonly progress: (note: string) => void;
  readonly signal: AbortSignal;
}

/** Why a model scores otherwise on an emulator than in ONNX Runtime. */
export interface Difference {
  readonly model: string;
  readonly executor: string;
  readonly arithmetic: HtpArithmetic;
  /** First node that is off by more than its arithmetic explains, or overflows; null where rounding explains all of it. */
  readonly finding: Finding | null;
}

/** Decibels between the two that are looked into. Rounding to fp16 costs a tenth of that. */
const WORTH_A_LOOK = 0.05;

/**
 * For models whose score on an emulator is off ONNX Runtime's on any picture: one piece of a picture is compared value by value, and where
 * precision does not explain the difference, layer by layer down to the first node that shows it.
 */
export async function explainDifferences(question: DifferenceQuestion): Promise<Difference[]> {
  const { models, executors, records } = question;
  const found: Difference[] = [];
  for (const ref of models) {
    for (const emulator of executors.emulators) {
      if (!differs(records.filter(({ variant }) => variant === ref.id), emulator.contexts.id)) continue;
      question.progress(`where ${ref.id} differs on ${emulator.contexts.id}`);
      found.push(await explain(ref, emulator, question));
    }
  }
  return found;
}

function differs(records: readonly QualityRecord[], executor: string): boolean {
  const ours = records.filter((record) => record.executor === executor && record.unit === 'dB' && record.against === undefined);
  return ours.some(({ protocol, dataset, tag, perImage }) => {
    const reference = records.find((record) => record.executor === 'host' && record.protocol === protocol && record.dataset === dataset && record.tag === tag);
    return perImage.some(({ value }, i) => Math.abs(value - (reference?.perImage[i]?.value ?? value)) > WORTH_A_LOOK);
  });
}

async function explain(ref: ModelRef, { contexts, whole }: Emulator, { config, executors, signal }: DifferenceQuestion): Promise<Difference> {
  const { model, close } = openModel(ref.path);
  try {
    const contract = inputContract(model, ref);
    const { feeds } = await calibrationSet(model, contract, { images: config.images as NonNullable<Config['images']>, most: 1, size: config.quality.tile });
    const sizes = new Map([...(feeds[0] ?? [])].map(([name, { dims }]) => [name, dims]));
    const { arithmetic, findings } = await verifyOnHtp({ modelPath: ref.path, emulator: whole, host: executors.host, feeds, static: sizes, signal });
    return { model: ref.id, executor: contexts.id, arithmetic, finding: findings[0] ?? null };
  } finally {
    close();
  }
}
