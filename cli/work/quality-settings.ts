import { parseDegradation } from '../../reports/quality/degradation/degradation.ts';
import { parseInterpolations } from '../../reports/quality/interpolate.ts';
import { parseMetric } from '../../reports/quality/metric.ts';
import type { Config } from '../config/config.ts';

/** Reads every name among the settings of quality, so that a misspelt one ends the work before it begins. Throws UserError. */
export function checkQuality({ metrics, degrade, datasets, baselines }: Config['quality']): void {
  for (const metric of metrics) parseMetric(metric);
  for (const text of [degrade, ...Object.values(datasets).map((set) => set.degrade)]) if (text) parseDegradation(text);
  parseInterpolations(baselines);
}
