import type { GateVerdict, Report } from '../model/report.ts';
import type { MetricName } from './metrics.ts';

type Omission = NonNullable<Report['omissions']>[number];

/** What steps of a kind give; the others make variants, on which everything may depend. */
const GIVES: Readonly<Record<string, readonly MetricName[]>> = {
  bench: ['latency', 'load', 'first', 'memory'],
  quality: ['quality'],
  compile: ['cpuNodes', 'segments', 'ddr', 'ddrRead', 'ddrWrite', 'spill', 'fill', 'context'],
  convert: [],
};

/**
 * Verdicts of a run that a person left something out of. A value that is missing for that reason is inconclusive rather than missing, and every such
 * decision is an inconclusive verdict of its own: what nobody looked at never passes, although no limit names it.
 */
export function withOmissions(gates: readonly GateVerdict[], omissions: readonly Omission[]): GateVerdict[] {
  const judged = gates.map((gate): GateVerdict => {
    const why = gate.status === 'missing' ? omissions.find((omission) => explains(omission, gate)) : undefined;
    return why ? { ...gate, status: 'inconclusive', message: `${gate.message}; ${named(why)} was left out` } : gate;
  });
  return [...judged, ...omissions.filter(({ by }) => by === 'user').map(verdictOf)];
}

function explains({ kind, device }: Omission, { metric, subject }: GateVerdict): boolean {
  if (device !== null && subject.device !== null && subject.device !== device) return false;
  return GIVES[kind]?.includes(metric as MetricName) ?? true;
}

function verdictOf(omission: Omission): GateVerdict {
  const { step, device, reason } = omission;
  return {
    id: `omission | ${step} | ${device ?? '-'}`, metric: 'omission', title: `${named(omission)} is part of the run`, level: 'error', status: 'inconclusive',
    subject: { variant: null, target: null, device, unit: null }, evidence: null, dimension: '', value: null, low: null, high: null, base: null, limit: null, n: 0,
    message: reason,
  };
}

function named({ title, device }: Omission): string {
  return `“${title}”${device === null ? '' : ` on ${device}`}`;
}
