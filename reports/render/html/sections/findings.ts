import { SEVERITIES } from '../../../../models/contracts/index.ts';
import type { ReportCheck, ReportFinding, ReportRootCause } from '../../../model/report.ts';
import { count, SEVERITY_WORDS } from '../../words.ts';
import { type Markup, markup } from '../markup.ts';
import { details, evidence, figure, type Section, severity, table } from '../parts.ts';
import { stackedBars } from '../svg/stacked-bar.ts';
import type { View } from '../view.ts';

/** What keeps nodes off a unit, by root cause, worst first. */
export function findingsSection({ report }: View): Section | null {
  if (report.checks.length === 0) return null;
  return { id: 'findings', title: 'Findings', body: markup`${figure(overview(report.checks), legend(report.checks))}${report.checks.map(check)}` };
}

function overview(checks: readonly ReportCheck[]): Markup {
  const rows = checks.map((c) => ({
    label: `${c.subject} → ${c.target}`,
    parts: SEVERITIES.map((kind) => ({ name: SEVERITY_WORDS[kind], className: kind, count: c.causes.flatMap((cause) => cause.findings).filter((f) => f.severity === kind).length })),
  }));
  const described = rows.map((row) => `${row.label}: ${row.parts.filter((p) => p.count > 0).map((p) => `${p.count} ${p.name}`).join(', ') || 'none'}`).join('; ');
  return stackedBars({ id: 'severities', title: 'Findings by severity', description: described }, rows);
}

function legend(checks: readonly ReportCheck[]): Markup {
  const present = SEVERITIES.filter((kind) => checks.some((c) => c.causes.some((cause) => cause.findings.some((f) => f.severity === kind))));
  return markup`<span class="legend">${present.length === 0 ? 'Nothing was found.' : present.map((kind) => markup`${severity(kind)} `)}</span>`;
}

function check({ subject, target, note, causes }: ReportCheck): Markup {
  return markup`<h3>${subject} → ${target}</h3>${note === null ? null : markup`<p class="quiet">${note}</p>`}
${causes.length === 0 ? markup`<p>Nothing keeps this model off ${target}, as far as the rules know.</p>` : causes.map((cause, i) => causeDetails(cause, i === 0))}`;
}

function causeDetails(cause: ReportRootCause, open: boolean): Markup {
  const { findings } = cause;
  const [first] = findings;
  const summary = markup`${severity(cause.severity)} <strong>${cause.title}</strong> <span class="quiet">${count(findings.length, 'place')}</span> ${evidence(first?.evidence ?? null)}`;
  const sources = [...new Set(findings.flatMap((f) => f.sources))];
  return details(summary, markup`<p>${first?.reason ?? ''}</p><p><strong>Remedy.</strong> ${first?.remedy ?? ''}${rewrites(cause)}</p>
${table(`Places of ${cause.title}`, [{ title: 'Node' }, { title: 'Operator' }, { title: 'Scope' }, { title: 'Value' }, { title: 'Shape' }, { title: 'Rule' }, { title: 'Severity' }], findings.map((f) => [
    markup`<code>${f.node}</code>`, f.opType || '–', f.scope === null ? '–' : markup`<code>${f.scope}</code>`, f.value === null ? '–' : markup`<code>${f.value}</code>`, f.shape ?? '–', markup`<code>${f.rule}</code>`, SEVERITY_WORDS[f.severity],
  ]))}
${reasons(cause)}
${sources.length === 0 ? null : markup`<p class="quiet">Confidence ${first?.confidence ?? 'unknown'}. Sources: ${sources.map((source, i) => [i > 0 ? '; ' : '', link(source)])}</p>`}`, open);
}

function rewrites(cause: ReportRootCause): Markup | null {
  const ids = [...new Set(cause.findings.flatMap((f) => f.rewrites))];
  return ids.length === 0 ? null : markup` Rewrites: ${ids.map((id) => markup`<code>${id}</code> `)}`;
}

/** Reasons that say something else than the first, other than the operator and shape that the table names. */
function reasons({ findings }: ReportRootCause): Markup | null {
  const gist = ({ reason, opType }: ReportFinding): string => reason.replaceAll(opType, '').replace(/\[[^\]]*\]/g, '');
  const [first] = findings;
  const others = findings.filter((f) => first && gist(f) !== gist(first));
  return others.length === 0 ? null : markup`<ul>${others.slice(0, 12).map((f) => markup`<li><code>${f.node}</code>: ${f.reason}</li>`)}</ul>`;
}

function link(source: string): Markup {
  return /^https?:\/\/[^\s"<>]+$/.test(source) ? markup`<a href="${source}" rel="noreferrer">${source}</a>` : markup`${source}`;
}
