import { blockMedian } from '../../../device-harness/method/pairs.ts';
import { formatError, formatValue } from '../../model/format.ts';
import type { Report, ReportCheck, ReportRewrite } from '../../model/report.ts';
import { staleResults } from '../../model/stale.ts';
import { oneLine } from '../clean-text.ts';
import { compiledTables } from '../compiled-table.ts';
import { changeText, type LatencyGroup, latencyGroups, latencyText } from '../latency-table.ts';
import { executorText, type QualityTable, qualityTables, qualityText } from '../quality-table.ts';
import { staleTexts } from '../stale-text.ts';
import { count, gatesByUrgency, SEVERITY_WORDS, STATUS_SIGNS, STATUS_WORDS } from '../words.ts';
import { bar, sparkline } from './bar.ts';
import { columns, naturalWidth, type TextColumn } from './columns.ts';
import { compiledLines } from './compiled.ts';
import { deviceLines } from './devices.ts';
import { heading, indent, INDENT } from './heading.ts';
import { packageLines } from './packages.ts';
import { paintWith, STATUS_STYLES } from './paint.ts';
import type { Screen } from './screen.ts';
import { displayWidth, padEnd, wrap } from './width.ts';

export interface TerminalOptions {
  readonly color: boolean;
  /** Columns of the terminal; 80 where nobody knows. */
  readonly width: number;
}

/**
 * The report as a person reads it at the end of a run: latency, findings, what was compiled, rewrites, quality, gates, and the verdict last, where the eye
 * is. Lines are no wider than the terminal, unless that has less than 40 columns.
 */
export function renderTerminal(report: Report, { color, width }: TerminalOptions): string {
  const screen: Screen = { paint: paintWith(color), width: Math.max(40, Math.min(width, 140)) };
  const sections = [
    ...latencyGroups(report).map((group) => latency(report, group, screen)), ...deviceLines(report, screen), ...report.checks.map((check) => findings(check, screen)),
    ...compiledTables(report).map((one) => compiledLines(one, screen)),
    packageLines(report, screen), rewrites(report, screen), ...qualityTables(notAbove(report)).map((table) => quality(table, screen)),
    gates(report, screen), warnings(report, screen), verdict(report, screen),
  ];
  return `${sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

const PLAIN: TextColumn = { title: '' };
const NAME: TextColumn = { title: '', flexible: true };
const NUMBER: TextColumn = { title: '', numeric: true };
const OPTIONAL: TextColumn = { title: '', optional: true };

function latency(report: Report, { device, unit, rows }: LatencyGroup, screen: Screen): string[] {
  const { paint } = screen;
  const slowest = Math.max(...rows.map((row) => row.latency.ms.center));
  const measured = report.measurements.filter((m) => m.device === device && m.unit === unit);
  const medians = (variant: string) => measured.find((m) => m.variant === variant)?.blocks.map(blockMedian) ?? [];
  const lines = columns([NAME, NUMBER, PLAIN, OPTIONAL], rows.map(({ latency: l, change, isReference }) => [
    oneLine(l.variant), latencyText(l), changeText(change, isReference), sparkline(medians(l.variant)),
  ]), screen.width - INDENT);
  const widest = Math.max(...lines.map(displayWidth));
  const room = Math.min(30, screen.width - INDENT - widest - 2);
  const remark = `${rows[0]?.latency.evidence ?? ''}, ${count(rows[0]?.latency.blocks ?? 0, 'block')} each`;
  return [heading(`Latency on ${oneLine(device)} ${oneLine(unit)}`, remark, screen), ...rows.map(({ latency: l, change }, i) => {
    const line = lines[i] as string;
    const text = change?.direction === 'better' ? paint('green', line) : change?.direction === 'worse' ? paint('red', line) : line;
    if (room <= 5) return indent(text);
    return indent(`${text}${padEnd('', widest - displayWidth(line))}  ${paint('blue', bar(l.ms.center / slowest, room))}`);
  })];
}

function findings({ subject, target, causes }: ReportCheck, screen: Screen): string[] {
  const evidence = new Set(causes.flatMap((cause) => cause.findings.map((finding) => finding.evidence)));
  const rows = causes.map(({ severity, title, findings: places }) => [
    SEVERITY_WORDS[severity], oneLine(title), count(places.length, 'place'), oneLine(places[0]?.node ?? ''),
  ]);
  return [
    heading(`Findings: ${oneLine(subject)} for ${oneLine(target)}`, causes.length === 0 ? 'none' : [...evidence].join(', '), screen),
    ...columns([PLAIN, NAME, PLAIN, OPTIONAL], rows, screen.width - INDENT).map(indent),
  ];
}

function rewrites({ rewrites: logs }: Report, screen: Screen): string[] {
  if (logs.length === 0) return [];
  const rows = logs.map(({ variant, log }) => [
    oneLine(variant), `${firedIn(log)} fired`, `${log.nodesBefore} → ${log.nodesAfter} nodes`,
    `rank ${log.maxRankBefore ?? '?'} → ${log.maxRankAfter ?? '?'}`, wholeText(log),
  ]);
  return [heading('Rewrites', '', screen), ...columns([NAME, OPTIONAL, PLAIN, OPTIONAL, PLAIN], rows, screen.width - INDENT).map(indent)];
}

function firedIn({ records }: ReportRewrite['log']): number {
  return records.filter(({ outcome }) => outcome === 'fired').length;
}

function wholeText(log: ReportRewrite['log']): string {
  const { whole } = log;
  if (!whole) return firedIn(log) === 0 ? 'nothing changed' : 'not verified as a whole';
  return `${whole.bitEqual ? 'bit-equal' : `max error ${formatError(whole.maxRelToRange)}`} ${whole.evidence}`;
}

/** The report without the emulated scores that stand beside what was compiled: a terminal is short. */
function notAbove(report: Report): Report {
  const above = new Set((report.compiled ?? []).map(({ variant, target }) => `${variant} ${target.replace(/^htp:/, 'emulator:')}`));
  return { ...report, quality: report.quality.filter(({ variant, executor }) => !above.has(`${variant} ${executor}`)) };
}

/** One table for all protocols, or one for each where they do not fit side by side. */
function quality({ dataset, protocols, rows, severalExecutors }: QualityTable, screen: Screen): string[] {
  const width = screen.width - INDENT;
  const texts = rows.map((row) => row.cells.map((cell) => (cell ? qualityText(cell) : '')));
  const tails = protocols.map((_, p) => Math.max(0, ...texts.map((row) => tailOf(row[p] ?? '').length)));
  const cells = rows.map((row, i) => [oneLine(row.variant), ...(severalExecutors ? [executorText(row)] : []), ...(texts[i] ?? []).map((text, p) => padTail(text, tails[p] ?? 0))]);
  const names = [NAME, ...(severalExecutors ? [PLAIN] : [])];
  const head = [...names, ...protocols.map((name) => ({ title: oneLine(name), numeric: true }))];
  const places = protocols.map((_, p) => p + names.length);
  const groups = naturalWidth(head, cells) <= width ? [places] : places.map((place) => [place]);
  return [heading(`Quality on ${oneLine(dataset)}`, '', screen), ...groups.flatMap((group) => {
    const pick = <T>(list: readonly T[]): T[] => [...names.keys(), ...group].map((column) => list[column] as T);
    const filled = cells.filter((_, i) => group.some((column) => texts[i]?.[column - names.length] !== ''));
    const [titles, ...lines] = columns(pick(head), filled.map(pick), width);
    return [indent(screen.paint('dim', titles ?? '')), ...lines.map(indent)];
  })];
}

/** The change in parentheses behind a value: values stand below each other whether they have one or not. */
function tailOf(text: string): string {
  return / \(.*\)$/.exec(text)?.[0] ?? '';
}

function padTail(text: string, width: number): string {
  return text + ' '.repeat(width - tailOf(text).length);
}

function gates(report: Report, screen: Screen): string[] {
  const list = gatesByUrgency(report);
  if (list.length === 0) return [];
  const lines = columns([PLAIN, NUMBER, NAME], list.map((gate) => [
    `${STATUS_SIGNS[gate.status]} ${STATUS_WORDS[gate.status]}`, gate.value === null ? '' : formatValue(gate.value, gate.dimension),
    oneLine(gate.title),
  ]), screen.width - INDENT);
  return [heading('Gates', '', screen), ...list.map((gate, i) => indent(screen.paint(STATUS_STYLES[gate.status], lines[i] ?? '')))];
}

function warnings(report: Report, { paint, width }: Screen): string[] {
  const texts = [...report.warnings.map(({ text, hint }) => `${text} ${hint ?? ''}`), ...staleTexts(staleResults(report))];
  return texts.flatMap((text) => wrap(oneLine(`! ${text}`), width).map((line) => paint('yellow', line)));
}

function verdict({ verdict: { status, sentence } }: Report, { paint, width }: Screen): string[] {
  return wrap(oneLine(`${STATUS_SIGNS[status]} ${sentence}`), width).map((line) => paint('bold', paint(STATUS_STYLES[status], line)));
}
