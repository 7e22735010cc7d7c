import type { Finding, RootCause, Severity } from '../../../models/contracts/finding.ts';
import { compilerLines, verdict } from '../../text/check-text.ts';
import { createStyle } from '../../ui/style.ts';
import type { Tone } from '../../ui/screen/line.ts';
import type { CheckedModel } from '../state/found.ts';
import type { AppState } from '../state/state.ts';
import { problemLines } from './device-rows.ts';
import { type AboutLine, heading, note, type Row, row } from './row.ts';

const PLAIN = createStyle(false);

/** A sign for each, so that no meaning is in a colour alone. */
const SIGNS: Readonly<Record<Severity, readonly [sign: string, tone: Tone]>> = {
  'wrong-result': ['✗', 'bad'], 'blocks-conversion': ['✗', 'bad'], 'blocks-unit': ['✗', 'bad'], overflow: ['▲', 'warn'], 'splits-graph': ['▲', 'warn'], slow: ['·', 'plain'],
};

/** Findings by model and target, then by root cause; the places of a cause are below it where it is expanded. */
export function findingRows({ loads, expanded }: AppState): Row[] {
  return (loads.check?.value ?? []).flatMap((checked) => [heading(`${checked.model} → ${checked.target}`, stateOf(checked)), ...bodyOf(checked, expanded)]);
}

function stateOf({ outcome, compiling }: CheckedModel): string {
  if (!outcome) return '';
  if (compiling) return 'predicted; asking the compiler …';
  return outcome.compiled ? 'predicted and compiled' : 'predicted';
}

function bodyOf(checked: CheckedModel, expanded: ReadonlySet<string>): Row[] {
  const { model, target, outcome, problem } = checked;
  const prefix = `${model} ${target}`;
  if (problem) return [row({ id: `${prefix} problem`, kind: 'open', label: `✗ ${problem.message}`, tone: 'bad', about: () => problemLines(problem) })];
  if (!outcome) return [note('Checking …')];
  const summary = row({ id: `${prefix} summary`, kind: 'open', label: `${outcome.causes.length === 0 ? '✓ ' : ''}${verdict(outcome, PLAIN)}`, tone: outcome.causes.length === 0 ? 'good' : 'dim', about: () => aboutOutcome(checked) });
  return [summary, ...outcome.causes.flatMap((cause) => causeRows(cause, prefix, expanded))];
}

function causeRows(cause: RootCause, prefix: string, expanded: ReadonlySet<string>): Row[] {
  const [sign, tone] = SIGNS[cause.severity];
  const id = `${prefix} ${cause.cause}`;
  const isOpen = expanded.has(id);
  const count = cause.findings.length;
  const head = row({
    id, kind: 'open', label: `${sign} ${cause.title}`, tone, cells: [cause.severity, `${placeName(cause.findings[0] as Finding)}${count > 1 ? ` and ${count - 1} more` : ''}`], expanded: isOpen,
    words: cause.findings.slice(0, 50).map(({ rule, node }) => `${rule} ${node}`).join(' '), about: () => aboutCause(cause),
  });
  return isOpen ? [head, ...cause.findings.map((finding, i) => placeRow(finding, `${id} ${i}`))] : [head];
}

function placeRow(finding: Finding, id: string): Row {
  return row({ id, kind: 'open', label: placeName(finding), cells: [finding.opType, finding.shape ?? ''], depth: 1, words: finding.rule, about: () => aboutPlace(finding) });
}

function placeName({ node, value }: Finding): string {
  return node || value || 'the model';
}

function aboutOutcome({ model, target, outcome }: CheckedModel): AboutLine[] {
  if (!outcome) return [];
  const compiler = compilerLines(outcome, { style: PLAIN, columns: Number.POSITIVE_INFINITY, details: true });
  return [
    { text: `${model} for ${target}, ${outcome.precision}`, tone: 'strong' }, { text: verdict(outcome, PLAIN) },
    ...(outcome.note === null ? [] : [{ text: outcome.note, tone: 'dim' as const }]), ...compiler.map((text): AboutLine => ({ text: text.trim(), indent: text.startsWith('    ') ? 2 : 0 })),
  ];
}

/** Of each rule that speaks of the cause: reason, remedy, sources; then every place. */
function aboutCause({ title, severity, findings }: RootCause): AboutLine[] {
  const rules = [...new Map(findings.map((finding) => [finding.rule, finding])).values()];
  return [
    { text: title, tone: 'strong' }, { text: `${SIGNS[severity][0]} ${severity}`, tone: SIGNS[severity][1] }, ...rules.flatMap((rule) => [{ text: '' }, ...aboutRule(rule)]), { text: '' }, { text: findings.length === 1 ? 'Place' : `${findings.length} places`, tone: 'strong' },
    ...findings.map((finding): AboutLine => ({ text: placeLine(finding), indent: 2, fixed: true })),
  ];
}

function placeLine(finding: Finding): string {
  return [placeName(finding), finding.opType, finding.shape ?? '', finding.scope === null || finding.scope === finding.node ? '' : `in ${finding.scope}`].filter((part) => part !== '').join('  ');
}

function aboutPlace(finding: Finding): AboutLine[] {
  const { value, scope, severity } = finding;
  return [{ text: placeLine(finding), tone: 'strong' }, { text: `${SIGNS[severity][0]} ${severity}`, tone: SIGNS[severity][1] }, ...aboutRule(finding), ...(value ? [{ text: `value: ${value}`, tone: 'dim' as const }] : []), ...(scope ? [{ text: `scope: ${scope}`, tone: 'dim' as const }] : [])];
}

function aboutRule({ rule, reason, remedy, rewrites, evidence, confidence, sources }: Finding): AboutLine[] {
  return [
    { text: reason }, { text: `→ ${remedy}`, tone: 'accent' },
    { text: `${rule}, ${evidence}, confidence ${confidence}${rewrites.length > 0 ? `; mended by ${rewrites.join(', ')}` : ''}`, tone: 'dim' },
    ...sources.map((text): AboutLine => ({ text: `source: ${text}`, tone: 'dim', indent: 2 })),
  ];
}
