import { UserError } from '../../models/contracts/errors.ts';
import type { Better } from '../stats/quality-drop.ts';
import { formatProtocol, parseProtocol, PICTURE_GRAMMAR, PICTURE_METRICS, PRESETS, type Protocol, protocolBetter, protocolUnit } from './protocol.ts';
import {
  formatTensorMetric, isTensorMetricName, parseTensorMetric, TENSOR_GRAMMAR, TENSOR_METRICS, type TensorMetric, tensorBetter, tensorUnit,
} from './tensors/tensor-metric.ts';

/** What a name such as `psnr:y:crop2:matlab` or `sqnr:output=logits` stands for: pictures against originals, or tensors against a reference model. */
export type Metric = Protocol | TensorMetric;

/** Reads the name of any metric. Throws UserError naming what is not known. */
export function parseMetric(text: string): Metric {
  const name = text.trim().split(':')[0]?.toLowerCase() ?? '';
  if (isTensorMetricName(name)) return parseTensorMetric(text);
  if (name === '' || (!PICTURE_METRICS.some((metric) => metric === name) && !Object.hasOwn(PRESETS, name))) {
    throw new UserError(`"${text}" is no metric: "${name}" is not known.`, [
      `Metrics: ${[...PICTURE_METRICS, ...TENSOR_METRICS, ...Object.keys(PRESETS)].join(', ')}.`, 'dyno quality --list-metrics says what each is.',
    ]);
  }
  return parseProtocol(text);
}

export function isTensorMetric(metric: Metric): metric is TensorMetric {
  return isTensorMetricName(metric.metric);
}

/** The canonical name. */
export function formatMetric(metric: Metric): string {
  return isTensorMetric(metric) ? formatTensorMetric(metric) : formatProtocol(metric);
}

export function metricUnit(metric: Metric): 'dB' | '' {
  return isTensorMetric(metric) ? tensorUnit(metric) : protocolUnit(metric);
}

/** Which values of a metric are good. */
export function metricBetter(metric: Metric): Better {
  return isTensorMetric(metric) ? tensorBetter(metric) : protocolBetter(metric);
}

/** How every metric is written, and an example of each. */
export const METRIC_GRAMMARS: readonly { readonly grammar: string; readonly example: string }[] = [
  ...PICTURE_METRICS.map((metric) => ({ grammar: PICTURE_GRAMMAR[metric], example: exampleOf(metric) })),
  ...TENSOR_METRICS.map((metric) => ({ grammar: TENSOR_GRAMMAR[metric], example: metric })),
  ...Object.entries(PRESETS).map(([name]) => ({ grammar: name, example: name })),
];

function exampleOf(metric: Protocol['metric']): string {
  if (metric === 'onnx') return 'onnx:lpips.onnx:range=-1..1';
  return metric === 'module' ? 'module:./metric.mjs' : metric;
}
