import { formatValue } from '../../model/format.ts';
import type { Report, ReportCheck } from '../../model/report.ts';
import { blockMedian } from '../../../device-harness/method/pairs.ts';
import { oneLine } from '../clean-text.ts';
import { changeText, type LatencyGroup, latencyGroups, latencyText } from '../latency-table.ts';
import { qualityTables, qualityText } from '../quality-table.ts';
import { count, gatesByUrgency, SEVERITY_WORDS, STATUS_SIGNS, STATUS_WORDS } from '../words.ts';
import { bar, sparkline } from './bar.ts';
import { columns, naturalWidth } from './columns.ts';
import { type Paint, paintWith, STATUS_STYLES } from './paint.ts';
import { displayWidth, fit, wrap } from './width.ts';

export interface TerminalOptions {
  readonly color: boolean;
  /** Columns of the terminal; 80 where nobody knows. */
  readonly width: number;
}

/** The report as a person reads it at the end of a run: gates, latency, findings, rewrites, quality, and the verdict last, where the eye is. */
export function renderTerminal(report: Report, { color, width }: TerminalOptions): string {
  const paint = paintWith(color);
  const usable = Math.max(40, Math.min(width, 140));
  const sections = [
    ...latencyGroups(report).map((group) => latency(report, group, paint, usable)), ...report.checks.map((check) => findings(check, paint, usable)), rewrites(report, paint, usable),
    quality(report, paint, usable), gates(report, paint, usable), warnings(report, paint, usable), verdict(report, paint, usable),
  ];
  return `${sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function latency(report: Report, { device, unit, rows }: LatencyGroup, paint: Paint, width: number): string[] {
  const slowest = Math.max(...rows.map(({ latency: l }) => l.ms.center));
  const texts = rows.map(({ latency: l, change }) => ({
    name: oneLine(l.variant), time: latencyText(l), change: changeText(change, l.variant === report.reference), better: change?.direction, share: l.ms.center / slowest,
    spark: sparkline(report.measurements.find((m) => m.variant === l.variant && m.device === device && m.unit === unit)?.blocks.map(blockMedian) ?? []),
  }));
  const [head] = rows;
  const fixed = columns([{ title: '', flexible: true }, { title: '', numeric: true }, { title: '' }, { title: '', optional: true }], texts.map((t) => [t.name, t.time, t.change, t.spark]), width - 2);
  const room = Math.max(0, Math.min(30, width - 2 - Math.max(...fixed.map(displayWidth)) - 2));
  return [
    heading(`Latency on ${oneLine(device)} ${oneLine(unit)}`, `${head?.latency.evidence ?? ''}, ${head?.latency.blocks ?? 0} blocks each`, paint, width),
    ...fixed.map((line, i) => {
      const text = texts[i] as (typeof texts)[number];
      const gap = ' '.repeat(Math.max(0, Math.max(...fixed.map(displayWidth)) - displayWidth(line)));
      return `  ${text.better === 'better' ? paint('green', line) : text.better === 'worse' ? paint('red', line) : line}${room > 5 ? `${gap}  ${paint('blue', bar(text.share, room))}` : ''}`;
    }),
  ];
}

/** A title with a remark after it where there is room. */
function heading(title: string, remark: string, paint: Paint, width: number): string {
  const short = fit(title, width);
  const room = width - displayWidth(short) - 2;
  return remark !== '' && room >= displayWidth(remark) ? `${paint('bold', short)}  ${paint('dim', remark)}` : paint('bold', short);
}

function findings({ subject, target, causes }: ReportCheck, paint: Paint, width: number): string[] {
  const evidence = [...new Set(causes.flatMap((cause) => cause.findings.map((finding) => finding.evidence)))];
  const title = heading(`Findings: ${oneLine(subject)} for ${oneLine(target)}`, causes.length === 0 ? 'none' : evidence.join(', '), paint, width);
  if (causes.length === 0) return [title];
  const rows = causes.map((cause) => [SEVERITY_WORDS[cause.severity], oneLine(cause.title), count(cause.findings.length, 'place'), oneLine(cause.findings[0]?.node ?? '')]);
  return [title, ...columns([{ title: '' }, { title: '', flexible: true }, { title: '' }, { title: '', optional: true }], rows, width - 2).map((line) => `  ${line}`)];
}

function rewrites(report: Report, paint: Paint, width: number): string[] {
  if (report.rewrites.length === 0) return [];
  const rows = report.rewrites.map(({ variant, log }) => {
    const fired = log.records.filter((r) => r.outcome === 'fired').length;
    const whole = log.whole ? `${log.whole.bitEqual ? 'bit-equal' : `max error ${log.whole.maxRelToRange?.toExponential(1) ?? 'not finite'}`} ${log.whole.evidence}` : 'not verified as a whole';
    return [oneLine(variant), `${fired} fired`, `${log.nodesBefore} → ${log.nodesAfter} nodes`, `rank ${log.maxRankBefore ?? '?'} → ${log.maxRankAfter ?? '?'}`, whole];
  });
  return [paint('bold', 'Rewrites'), ...columns([{ title: '', flexible: true }, { title: '', optional: true }, { title: '' }, { title: '', optional: true }, { title: '' }], rows, width - 2).map((line) => `  ${line}`)];
}

/** One table for all protocols, or one for each where they do not fit side by side. */
function quality(report: Report, paint: Paint, width: number): string[] {
  return qualityTables(report).flatMap(({ dataset, protocols, rows }, i) => {
    const cells = rows.map((row) => [oneLine(row.variant), ...row.cells.map((cell) => (cell ? qualityText(cell) : ''))]);
    const head = [{ title: '', flexible: true }, ...protocols.map((name) => ({ title: oneLine(name), numeric: true }))];
    const groups = naturalWidth(head, cells) <= width - 2 ? [protocols.map((_, p) => p + 1)] : protocols.map((_, p) => [p + 1]);
    return [...(i > 0 ? [''] : []), heading(`Quality on ${oneLine(dataset)}`, '', paint, width), ...groups.flatMap((group) => {
      const pick = <T>(list: readonly T[]): T[] => [0, ...group].map((column) => list[column] as T);
      const [titles, ...lines] = columns(pick(head), cells.map(pick), width - 2);
      return [`  ${paint('dim', titles ?? '')}`, ...lines.map((line) => `  ${line}`)];
    })];
  });
}

function gates(report: Report, paint: Paint, width: number): string[] {
  if (report.gates.length === 0) return [];
  const lines = gatesByUrgency(report).map((gate) => {
    const value = gate.value === null ? '' : formatValue(gate.value, gate.dimension);
    return { style: STATUS_STYLES[gate.status], cells: [`${STATUS_SIGNS[gate.status]} ${STATUS_WORDS[gate.status]}`, value, oneLine(gate.title)] };
  });
  const texts = columns([{ title: '' }, { title: '', numeric: true }, { title: '', flexible: true }], lines.map((line) => line.cells), width - 2);
  return [paint('bold', 'Gates'), ...texts.map((text, i) => `  ${paint(lines[i]?.style ?? 'dim', text)}`)];
}

function warnings(report: Report, paint: Paint, width: number): string[] {
  return report.warnings.flatMap(({ text, hint }) => wrap(oneLine(`! ${text}${hint === null ? '' : ` ${hint}`}`), width).map((line) => paint('yellow', line)));
}

function verdict({ verdict: { status, sentence } }: Report, paint: Paint, width: number): string[] {
  return wrap(oneLine(`${STATUS_SIGNS[status]} ${sentence}`), width).map((line) => paint('bold', paint(STATUS_STYLES[status], line)));
}
