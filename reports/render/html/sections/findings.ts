import { SEVERITIES } from '../../../../models/contracts/index.ts';
import type { ReportCheck, ReportFinding, ReportRootCause } from '../../../model/report.ts';
import { count, SEVERITY_WORDS } from '../../words.ts';
import { type Markup, markup, type Piece } from '../markup.ts';
import { code, details, evidence, figure, quiet, type Section, severity, table } from '../parts.ts';
import { type StackedRow, stackedBars } from '../svg/stacked-bar.ts';
import type { View } from '../view.ts';

/** What keeps nodes off a unit, by root cause, worst first. */
export function findingsSection({ report }: View): Section | null {
  if (report.checks.length === 0) return null;
  const body = markup`${figure(overview(report.checks), legend(report.checks))}${byCause(report.checks)}${report.checks.map(check)}`;
  return { id: 'findings', title: 'Findings', body };
}

function overview(checks: readonly ReportCheck[]): Markup {
  const rows = checks.map((c): StackedRow => {
    const found = c.causes.flatMap((cause) => cause.findings);
    const parts = SEVERITIES.map((kind) => ({
      name: SEVERITY_WORDS[kind], className: kind, count: found.filter((f) => f.severity === kind).length,
    }));
    return { label: `${c.subject} → ${c.target}`, parts: parts.filter((part) => part.count > 0) };
  });
  const described = rows.map(({ label, parts }) => `${label}: ${parts.map((part) => `${part.count} ${part.name}`).join(', ') || 'none'}`);
  return stackedBars({ id: 'severities', title: 'Findings by severity', description: described.join('; ') }, rows);
}

function legend(checks: readonly ReportCheck[]): Markup {
  const found = new Set(checks.flatMap((c) => c.causes.flatMap((cause) => cause.findings.map((f) => f.severity))));
  const present = SEVERITIES.filter((kind) => found.has(kind));
  return markup`<span class="legend">${present.length === 0 ? 'Nothing was found.' : present.map((kind) => [severity(kind), ' '])}</span>`;
}

/** Every root cause once, worst first: where it is, and where it is not, so that what rewriting mended is seen. */
function byCause(checks: readonly ReportCheck[]): Markup | null {
  const causes = new Map(checks.flatMap(({ causes: own }) => own.map((cause) => [cause.cause, cause] as const)));
  if (causes.size === 0 || checks.length < 2) return null;
  const worst = [...causes.values()].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
  return table('Places by root cause', ['Root cause', 'Severity', 'Places', 'Not in', 'Rewrites that mend it'], worst.map((cause) => {
    const places = checks.map((one) => ({ name: `${one.subject} → ${one.target}`, count: one.causes.find((own) => own.cause === cause.cause)?.findings.length ?? 0 }));
    const targets = new Set(checks.filter((one) => one.causes.some((own) => own.cause === cause.cause)).map(({ target }) => target));
    const mended = checks.filter((one, i) => targets.has(one.target) && places[i]?.count === 0).map(({ subject }) => subject);
    return [
      cause.title, severity(cause.severity), lines(places.filter(({ count: found }) => found > 0).map(({ name, count: found }) => [markup`<strong>${found}</strong> `, name])),
      lines([...new Set(mended)]), [...new Set(cause.findings.flatMap(({ rewrites: ids }) => ids))].map((id) => [code(id), ' ']),
    ];
  }));
}

/** Lines of one cell. */
const MOST_LINES = 6;

function lines(all: readonly Piece[]): Piece {
  const shown = all.slice(0, MOST_LINES).map((line, i) => [i > 0 && markup`<br>`, line]);
  return all.length === 0 ? '–' : [shown, all.length > MOST_LINES && [markup`<br>`, quiet(`and ${all.length - MOST_LINES} more`)]];
}

function check({ subject, target, note, causes }: ReportCheck): Markup {
  const body = causes.length === 0
    ? markup`<p>Nothing keeps this model off ${target}, as far as the rules know.</p>`
    : causes.map((cause) => causeDetails(cause, cause.severity !== 'slow'));
  return markup`<h3>${subject} → ${target}</h3>${note !== null && markup`<p>${quiet(note)}</p>`}${body}`;
}

function causeDetails(cause: ReportRootCause, open: boolean): Markup | null {
  const [first] = cause.findings;
  if (!first) return null;
  const many = quiet(count(cause.findings.length, 'place'));
  const summary = markup`${severity(cause.severity)} <strong>${cause.title}</strong> ${many} ${evidence(first.evidence)}`;
  return details(summary, markup`<p>${first.reason}</p><p><strong>Remedy.</strong> ${first.remedy}${rewrites(cause)}</p>
${places(cause)}${otherReasons(cause, first)}${sources(cause, first)}`, open);
}

function places({ title, findings }: ReportRootCause): Markup {
  const columns = ['Node', 'Operator', 'Scope', 'Value', 'Shape', 'Rule', 'Severity'];
  return table(`Places of ${title}`, columns, findings.map((f) => [
    code(f.node), f.opType || '–', code(f.scope), code(f.value), f.shape ?? '–', code(f.rule), SEVERITY_WORDS[f.severity],
  ]));
}

function rewrites({ findings }: ReportRootCause): Piece {
  const ids = [...new Set(findings.flatMap((f) => f.rewrites))];
  return ids.length > 0 && [' Rewrites: ', ids.map((id) => [code(id), ' '])];
}

/** Reasons that say something else than the first, other than the operator and shape that the table names. */
function otherReasons({ findings }: ReportRootCause, first: ReportFinding): Piece {
  const gist = ({ reason, opType }: ReportFinding): string => reason.replaceAll(opType, '').replace(/\[[^\]]*\]/g, '');
  const others = findings.filter((f) => gist(f) !== gist(first)).slice(0, 12);
  return others.length > 0 && markup`<ul>${others.map((f) => markup`<li>${code(f.node)}: ${f.reason}</li>`)}</ul>`;
}

function sources({ findings }: ReportRootCause, { confidence }: ReportFinding): Piece {
  const texts = [...new Set(findings.flatMap((f) => f.sources))];
  const links = texts.map((text, i) => [i > 0 && '; ', link(text)]);
  return texts.length > 0 && markup`<p>${quiet(`Confidence ${confidence}. Sources: `, links)}</p>`;
}

function link(source: string): Piece {
  return /^https?:\/\/[^\s"<>]+$/.test(source) ? markup`<a href="${source}" rel="noreferrer">${source}</a>` : source;
}
