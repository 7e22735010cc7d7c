import type { GateVerdict, Report } from '../model/report.ts';
import { withOmissions } from './omissions.ts';
import { markStale } from './stale-gates.ts';

export interface VerdictOptions {
  /** Inconclusive gates end with exit code 3 rather than 0. */
  readonly strict?: boolean;
}

/**
 * One verdict for all gates. Exit codes: 1 a gate failed; 2 something that a gate asks for could not be measured or compared;
 * 3 inconclusive, when strict; else 0. A failure is certain, so it goes first.
 */
export function overallVerdict(gates: readonly GateVerdict[], options: VerdictOptions = {}): Report['verdict'] {
  const of = (status: GateVerdict['status']) => gates.filter((gate) => gate.status === status);
  const binding = (status: GateVerdict['status']) => of(status).filter((gate) => gate.level === 'error');
  const failed = of('failed');
  if (failed.length > 0) return { status: 'failed', sentence: `${share(failed, gates)} failed: ${worst(failed)}`, exitCode: 1 };
  const missing = binding('missing');
  if (missing.length > 0)
    return { status: 'missing', sentence: `${share(missing, gates)} could not be judged: ${worst(missing)}`, exitCode: 2 };
  const unclear = binding('inconclusive');
  if (unclear.length > 0) {
    return {
      status: 'inconclusive',
      sentence: `${share(unclear, gates)} inconclusive${unclear.some(({ evidence }) => evidence?.startsWith('measured')) ? ', more blocks needed' : ''}: ${worst(unclear)}`,
      exitCode: options.strict ? 3 : 0,
    };
  }
  const warned = gates.filter((gate) => gate.status !== 'ok');
  if (warned.length > 0)
    return { status: 'warn', sentence: `No gate failed; ${share(warned, gates)} gave a warning: ${worst(warned)}`, exitCode: 0 };
  if (gates.length === 0) return { status: 'ok', sentence: 'No gates were set.', exitCode: 0 };
  return { status: 'ok', sentence: gates.length === 1 ? 'The one gate passed.' : `All ${gates.length} gates passed.`, exitCode: 0 };
}

/** The report with its gates judged; what was left out of the run counts as inconclusive, and stale results are told as such. */
export function withGates(report: Report, judged: readonly GateVerdict[], options: VerdictOptions = {}): Report {
  const gates = markStale(withOmissions(judged, report.omissions ?? []), report);
  return { ...report, gates, verdict: overallVerdict(gates, options) };
}

function share(some: readonly GateVerdict[], all: readonly GateVerdict[]): string {
  return `${some.length} of ${all.length} ${all.length === 1 ? 'gate' : 'gates'}`;
}

function worst(gates: readonly GateVerdict[]): string {
  const [first] = gates as [GateVerdict];
  const more = gates.length > 1 ? `, and ${gates.length - 1} more` : '';
  return `${first.title}: ${first.message}${more}.`;
}
