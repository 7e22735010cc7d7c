import { staleResults } from '../model/stale.ts';
import type { GateVerdict, Report } from '../model/report.ts';

/**
 * Verdicts on results that are not of this session say so. Times of another file than the variant's judge nothing: a gate on them is not measured,
 * unless it failed.
 */
export function markStale(gates: readonly GateVerdict[], report: Report): GateVerdict[] {
  const stale = staleResults(report);
  if (stale.length === 0) return [...gates];
  return gates.map((gate) => {
    const { variant, device, unit } = gate.subject;
    if (device === null || gate.status === 'missing') return gate;
    const found = stale.filter((one) => (variant === null || one.variant === variant) && one.device === device && (unit === null || one.unit === unit));
    const [worst] = [...found].sort((a, b) => Number(b.kind === 'other-model') - Number(a.kind === 'other-model'));
    if (!worst) return gate;
    const isVoid = worst.kind === 'other-model' && gate.status !== 'failed';
    return { ...gate, message: `${gate.message}; stale: ${worst.reason}`, ...(isVoid ? { status: 'missing' as const } : {}) };
  });
}
