import { UserError } from '../../models/contracts/errors.ts';
import type { Executor } from '../../models/contracts/executor.ts';
import { evaluateQuality, type QualityResult } from '../../reports/quality/evaluate.ts';
import { parseProtocol } from '../../reports/quality/protocol.ts';
import type { Config } from '../config/config.ts';
import { inputContract } from './contract.ts';
import type { ModelRef } from './model-refs.ts';
import { openModel } from './open-model.ts';

export interface QualityWork {
  readonly models: readonly ModelRef[];
  readonly config: Pick<Config, 'images' | 'quality'>;
  readonly executor: Executor;
  /** Side of the pictures kept for a report; null keeps none. */
  readonly cropSize: number | null;
  readonly progress: (done: number, total: number, note: string) => void;
  readonly signal: AbortSignal;
}

/** Scores models on the pictures of the config, beside bicubic interpolation. */
export async function judgeQuality({ models, config, executor, cropSize, progress, signal }: QualityWork): Promise<QualityResult> {
  if (config.images === null) throw new UserError('Quality needs pictures.', ['Give a folder with --data DIR, or "images" in the config.']);
  const protocols = config.quality.metrics.map(parseProtocol);
  const variants = models.map((ref) => {
    const { model, close } = openModel(ref.path);
    close();
    return { id: ref.id, modelPath: ref.path, contract: inputContract(model, ref), executor };
  });
  return evaluateQuality({ variants, images: config.images, protocols, cropSize, signal, onProgress: progress });
}
