import type { EstimateRefusal, LatencyEstimate } from '../../converters/estimate/index.ts';
import { formatBytes, formatCount, formatMs } from '../../reports/model/format.ts';
import { plural } from '../ui/numbers.ts';
import type { Style } from '../ui/style.ts';
import type { EstimateOutcome } from '../work/estimate-model.ts';

/** An estimate with its band and where it comes from, for a person. */
export function estimateText(model: string, outcome: EstimateOutcome, style: Style): string {
  const { estimate, notes } = outcome;
  return [
    `${style.bold(model)} on ${style.bold(estimate.chip)} in ${estimate.precision}`,
    ...(estimate.outcome === 'refused' ? refusalLines(estimate, style) : estimateLines(estimate, outcome, style)),
    ...notes.map((note) => style.dim(`  ${note}`)),
  ].join('\n');
}

function refusalLines({ reasons, available }: EstimateRefusal, style: Style): string[] {
  return [
    ...reasons.map((reason, i) => (i === 0 ? `  ${style.yellow('no estimate')}  ${reason}` : `               ${reason}`)),
    style.dim(`  Measured networks are known for ${available.join(', ') || 'no chip'}; measurements of your own: --calibrate RUN.`),
  ];
}

function estimateLines({ ms, band, terms, fit, sources }: LatencyEstimate, { figures }: EstimateOutcome, style: Style): string[] {
  const away = fit.heldOut.filter(({ within }) => !within).map(({ model }) => model);
  const work = `${formatMs(terms.macsMs)} for ${formatCount(figures?.macs ?? 0)} multiply-accumulates`;
  const traffic = `${formatMs(terms.bytesMs)} for ${formatBytes(figures?.bytes ?? 0)} of compiled traffic`;
  const errors = `${percent(fit.rms)} rms; left out one at a time ${percent(fit.leaveOneOutRms ?? Number.NaN)}`;
  const another = `another one like them lies inside with probability ${band.coverage.toFixed(2)}`;
  return [
    `  ${style.bold(formatMs(ms))} estimated, band ${formatMs(band.lowMs)} to ${formatMs(band.highMs)}`,
    `  = ${formatMs(terms.fixedMs)} fixed + ${work} + ${traffic}`,
    style.dim(`  fitted to ${plural(fit.points, 'network')} measured on phones (${sources.join(', ')}), ${errors}`),
    style.dim(`  band: smallest and largest measured/estimated of ${plural(band.points, 'network')} left out; ${another}`),
    ...(away.length === 0 ? [] : [style.dim(`  out of reach when left out, and not in the band: ${away.join(', ')}`)]),
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
