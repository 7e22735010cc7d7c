import type { GateVerdict, Report } from '../model/report.ts';
import { element, writeXml, type XmlElement } from './xml.ts';

/**
 * Gates as JUnit in the subset that GitHub actions, GitLab and Jenkins all take: a suite is a device, a class model and unit, a test case a
 * gate. Failed is a failure, what could not be measured an error, inconclusive and warning-only gates are skipped with their message.
 */
export function renderJunit(report: Report): string {
  const suites = new Map<string, GateVerdict[]>();
  for (const gate of report.gates) {
    const name = gate.subject.device ?? gate.subject.target ?? 'model';
    suites.set(name, [...(suites.get(name) ?? []), gate]);
  }
  const seconds = Math.max(0, (Date.parse(report.run.finishedAt) - Date.parse(report.run.startedAt)) / 1000 || 0);
  return writeXml(
    element(
      'testsuites',
      { name: report.run.title, ...totals(report.gates), time: seconds },
      ...[...suites].map(([name, gates]) =>
        element(
          'testsuite',
          { name, ...totals(gates), time: 0, timestamp: report.run.startedAt, hostname: report.environment.os },
          ...testCases(gates),
        ),
      ),
    ),
  );
}

/** GitLab drops test cases of one class and name, so a name that comes again gets a number. */
function testCases(gates: readonly GateVerdict[]): XmlElement[] {
  const seen = new Map<string, number>();
  return gates.map((gate) => {
    const classname = [gate.subject.variant ?? 'any', gate.subject.unit ?? gate.subject.target ?? gate.metric].join('.');
    const times = (seen.get(`${classname} ${gate.title}`) ?? 0) + 1;
    seen.set(`${classname} ${gate.title}`, times);
    const name = times === 1 ? gate.title : `${gate.title} (${times})`;
    return element(
      'testcase',
      { classname, name, time: 0 },
      ...outcome(gate),
      element('system-out', {}, `${gate.message}${gate.evidence === null ? '' : ` [${gate.evidence}]`}`),
    );
  });
}

function outcome(gate: GateVerdict): XmlElement[] {
  const kind = kindOf(gate);
  if (kind === 'passed') return [];
  const message = `${gate.title}: ${gate.message}`;
  return [
    kind === 'skipped'
      ? element('skipped', { message: `${gate.status}: ${message}` })
      : element(kind, { message, type: gate.status }, message),
  ];
}

function kindOf({ status, level }: GateVerdict): 'passed' | 'failure' | 'error' | 'skipped' {
  if (status === 'ok') return 'passed';
  if (status === 'failed') return 'failure';
  return status === 'missing' && level === 'error' ? 'error' : 'skipped';
}

function totals(gates: readonly GateVerdict[]): { tests: number; failures: number; errors: number; skipped: number } {
  const of = (kind: ReturnType<typeof kindOf>): number => gates.filter((gate) => kindOf(gate) === kind).length;
  return { tests: gates.length, failures: of('failure'), errors: of('error'), skipped: of('skipped') };
}
