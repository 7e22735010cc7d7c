import { explainMetric } from '../../reports/quality/explain-metric.ts';
import { formatMetric, type Metric, METRIC_GRAMMARS, metricBetter, metricUnit, parseMetric } from '../../reports/quality/metric.ts';
import type { Style } from '../ui/style.ts';
import { padEnd, wrapText } from '../ui/width.ts';

/** Every metric: how it is written, and what it is as it stands without further words. */
export function metricsText(style: Style, columns: number): string {
  return METRIC_GRAMMARS.map(({ grammar, example }) => [style.bold(grammar), ...wrapText(explainMetric(parseMetric(example)), columns - 4).map((line) => `    ${line}`)].join('\n')).join('\n\n');
}

/** One metric, with everything that its name fixes. */
export function metricText(metric: Metric, style: Style, columns: number): string {
  const field = (name: string, value: string): string => `  ${style.dim(padEnd(name, 12))} ${value}`;
  return [
    style.bold(formatMetric(metric)), '', field('better', { higher: 'high values', lower: 'low values', one: 'values near 1' }[metricBetter(metric)]),
    field('unit', metricUnit(metric) || 'none'), '', ...wrapText(`${explainMetric(metric)}.`, columns),
  ].join('\n');
}

export function metricJson(metric: Metric): object {
  return { kind: 'metric', id: formatMetric(metric), unit: metricUnit(metric), better: metricBetter(metric), explanation: explainMetric(metric) };
}
