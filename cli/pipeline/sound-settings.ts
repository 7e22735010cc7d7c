import { checkOptions } from '../../converters/coreml/options.ts';
import { REWRITES } from '../../converters/rewrites/catalog.ts';
import { selectRewrites } from '../../converters/rewrites/select.ts';
import { resolveTarget } from '../../converters/rules/resolve-target.ts';
import type { Config } from '../config/config.ts';
import { checkExecutors } from '../work/quality-executors.ts';
import { checkQuality } from '../work/quality-settings.ts';
import { coremlOptions } from '../work/coreml-options.ts';
import { checkDevices } from '../work/open-devices.ts';

/**
 * Looks at every name in the settings that only a later step would stumble over: rewrites, the device and its units, quality metrics.
 * Throws UserError, so that a run with a misspelt one ends before it begins.
 */
export function checkSettings({ targets, rewrite, convert, bench, farms, quality }: Config): void {
  if (convert.coreml) checkOptions(coremlOptions(convert.coreml));
  for (const target of targets) selectRewrites(REWRITES, resolveTarget(target), 'fp32', rewrite);
  checkDevices(bench, farms);
  checkQuality(quality);
  checkExecutors(quality.on);
}
