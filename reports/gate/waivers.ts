import type { GateVerdict } from '../model/report.ts';
import type { Budgets } from './budgets-schema.ts';
import { fits } from './selector.ts';

type Waiver = NonNullable<Budgets['waivers']>[number];

/**
 * Failed gates that somebody took upon themselves for a while become warnings that say who, until when and why; after that day they fail
 * again. `today` is an ISO date (UTC); the last day of a waiver still counts. A waiver that nothing fails under is told of, so that it is
 * taken out.
 */
export function withWaivers(verdicts: readonly GateVerdict[], waivers: readonly Waiver[], today: string): GateVerdict[] {
  const judged = verdicts.map((verdict) => waive(verdict, waivers.filter((waiver) => covers(waiver, verdict)), today));
  const idle = waivers.filter((waiver) => !verdicts.some((verdict) => verdict.status === 'failed' && covers(waiver, verdict)));
  return [...judged, ...idle.map((waiver) => idleVerdict(waiver, today))];
}

function waive(verdict: GateVerdict, waivers: readonly Waiver[], today: string): GateVerdict {
  const [first] = waivers;
  if (verdict.status !== 'failed' || !first) return verdict;
  const valid = waivers.find(({ until }) => until >= today);
  if (valid) return { ...verdict, status: 'warn', message: `${verdict.message}; waived by ${valid.owner} until ${valid.until}: ${valid.reason}` };
  return { ...verdict, message: `${verdict.message}; the waiver of ${first.owner} ended on ${first.until}` };
}

function covers({ metric, variant, target, device, unit }: Waiver, { subject, metric: judged }: GateVerdict): boolean {
  return fits(metric, judged) && fits(variant, subject.variant) && fits(target, subject.target) && fits(device, subject.device) && fits(unit, subject.unit);
}

function idleVerdict({ metric, variant, target, device, unit, owner, until }: Waiver, today: string): GateVerdict {
  const names = Object.entries({ metric, variant, target, device, unit }).flatMap(([key, value]) => (value === undefined ? [] : [`${key} ${[value].flat().join(' or ')}`]));
  return {
    id: `waiver | ${owner} | ${names.join(' | ')}`, metric: 'waiver', title: `waiver of ${owner} for ${names.join(', ')}`, level: 'warn', status: 'warn',
    subject: { variant: null, target: null, device: null, unit: null }, evidence: null, dimension: '', value: null, low: null, high: null, base: null, limit: null, n: 0,
    message: `no gate fails under it${until < today ? `, and it ended on ${until}` : ''}: take it out`,
  };
}
