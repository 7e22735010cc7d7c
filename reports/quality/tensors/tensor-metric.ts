import { UserError } from '../../../models/contracts/errors.ts';

export const TENSOR_METRICS = ['sqnr', 'cosine', 'max', 'agree', 'accuracy'] as const;

/** A metric of a model's outputs, whatever they are, against those of a reference model, or against labels. */
export interface TensorMetric {
  readonly metric: (typeof TENSOR_METRICS)[number];
  /** How many of the highest scores count, for `agree` and `accuracy`; 1 otherwise. */
  readonly top: number;
  /** Output by name; null: all of them for differences, the first for classes. */
  readonly output: string | null;
}

/** How each metric is written. */
export const TENSOR_GRAMMAR: Readonly<Record<TensorMetric['metric'], string>> = {
  sqnr: 'sqnr[:output=NAME]', cosine: 'cosine[:output=NAME]', max: 'max[:output=NAME]', agree: 'agree[:topK][:output=NAME]',
  accuracy: 'accuracy[:topK][:output=NAME]',
};

export function isTensorMetricName(name: string): name is TensorMetric['metric'] {
  return TENSOR_METRICS.some((metric) => metric === name);
}

/** Reads `sqnr`, `max:output=logits`, `agree:top5`. The name of an output is everything behind `output=`. Throws UserError. */
export function parseTensorMetric(text: string): TensorMetric {
  const [settings, output = null] = text.trim().split(/:output=(.*)/s, 2) as [string, string?];
  const [metric, ...parts] = settings.toLowerCase().split(':') as [TensorMetric['metric'], ...string[]];
  if (output === '') throw bad(text, metric, 'output= names nothing');
  if (metric !== 'agree' && metric !== 'accuracy') {
    if (parts.length > 0) throw bad(text, metric, `"${parts[0]}" is not known`);
    return { metric, top: 1, output };
  }
  const [first, second] = parts;
  if (second !== undefined) throw bad(text, metric, `"${second}" is one too many`);
  const top = first === undefined ? 1 : Number(/^top([1-9]\d{0,3})$/.exec(first)?.[1] ?? Number.NaN);
  if (Number.isNaN(top)) throw bad(text, metric, `"${first}" is not known`);
  return { metric, top, output };
}

/** The canonical name. */
export function formatTensorMetric({ metric, top, output }: TensorMetric): string {
  return [metric, ...(metric === 'agree' || metric === 'accuracy' ? [`top${top}`] : []), ...(output === null ? [] : [`output=${output}`])].join(':');
}

export function tensorUnit({ metric }: TensorMetric): 'dB' | '' {
  return metric === 'sqnr' ? 'dB' : '';
}

export function tensorBetter({ metric }: TensorMetric): 'higher' | 'lower' {
  return metric === 'max' ? 'lower' : 'higher';
}

function bad(text: string, metric: TensorMetric['metric'], why: string): UserError {
  return new UserError(`"${text}" is no metric of tensors: ${why}.`, [`Write ${TENSOR_GRAMMAR[metric]}.`, 'dyno quality --list-metrics lists all metrics.']);
}
