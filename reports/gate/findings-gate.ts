import { SEVERITIES, type Severity } from '../../models/contracts/index.ts';
import type { GateVerdict, Report } from '../model/report.ts';
import type { Budgets, FailOn } from './budgets-schema.ts';
import { fits } from './selector.ts';

/** The mildest severity that each word of `--fail-on` still counts. */
const MILDEST: Readonly<Record<Exclude<FailOn, Severity | 'none'>, Severity>> = { blocks: 'blocks-unit', splits: 'splits-graph' };

/** Whether a finding of this severity counts under `--fail-on`. */
export function counts(severity: Severity, failOn: FailOn): boolean {
  if (failOn === 'none') return false;
  const mildest = Object.hasOwn(MILDEST, failOn) ? MILDEST[failOn as keyof typeof MILDEST] : (failOn as Severity);
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(mildest);
}

/** One verdict per checked subject and target on the number of findings that count. */
export function judgeFindings(report: Report, failOn: FailOn, options: FindingsOptions = {}): GateVerdict[] {
  const { subject, target, max = 0, level = 'error' } = options;
  return report.checks
    .filter((check) => fits(subject, check.subject) && fits(target, check.target))
    .map((check): GateVerdict => {
      const counted = check.causes.filter((cause) => counts(cause.severity, failOn));
      const ok = counted.length <= max;
      return {
        id: `findings ${failOn} | ${check.subject} | ${check.target}`,
        metric: 'findings',
        title: `findings of ${check.subject} for ${check.target} (${failOn}) ≤ ${max}`,
        level,
        status: ok ? 'ok' : level === 'warn' ? 'warn' : 'failed',
        subject: { variant: check.subject, target: check.target, device: null, unit: null },
        evidence: check.causes[0]?.findings[0]?.evidence ?? (isCompiled(report, check) ? 'compiled' : 'predicted'),
        dimension: 'count',
        value: counted.length,
        low: null,
        high: null,
        base: null,
        limit: max,
        n: 1,
        message:
          counted.length === 0
            ? 'none'
            : counted
                .map((cause) => cause.title)
                .slice(0, 3)
                .join('; ') + (counted.length > 3 ? ` and ${counted.length - 3} more` : ''),
      };
    });
}

/** Where the compiler took a subject, that nothing was found is its word. */
function isCompiled({ compiled = [], variants }: Report, { subject, target }: Report['checks'][number]): boolean {
  const original = variants.find(({ model }) => model === subject)?.id;
  return compiled.some((record) => record.target === target && (record.variant === subject || record.variant === original));
}

export interface FindingsOptions {
  readonly subject?: string | readonly string[];
  readonly target?: string | readonly string[];
  readonly max?: number;
  readonly level?: 'error' | 'warn';
}

/** The findings gates of a budgets file. */
export function judgeFindingsGates(report: Report, budgets: Budgets): GateVerdict[] {
  return budgets.gates.flatMap((gate) => {
    const level = gate.findings?.level ?? gate.level ?? 'error';
    if (!gate.findings || level === 'off') return [];
    const subject = gate.variant ?? gate.model;
    return judgeFindings(report, gate.findings.atLeast ?? 'blocks', {
      ...(subject === undefined ? {} : { subject }),
      ...(gate.target === undefined ? {} : { target: gate.target }),
      max: gate.findings.max ?? 0,
      level,
    });
  });
}
