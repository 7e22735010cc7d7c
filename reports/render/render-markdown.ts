import { formatBytes, formatCount, formatMs, formatQuality, formatValue } from '../model/format.ts';
import type { GateVerdict, Report } from '../model/report.ts';
import { staleResults } from '../model/stale.ts';
import { oneLine } from './clean-text.ts';
import { bytesText, compiledTables, placementText, timesText, verifiedText } from './compiled-table.ts';
import { deviceText, frameTimes, operationRows, placeText, verifiedPlaces } from './device-text.ts';
import { changeText, latencyGroups, latencyText } from './latency-table.ts';
import { agreementText, operationsText, storedAs } from './package-text.ts';
import { executorText, qualityTables, qualityText } from './quality-table.ts';
import { staleOf, staleTexts } from './stale-text.ts';
import { count, gatesByUrgency, headline, SEVERITY_WORDS, STATUS_SIGNS, STATUS_WORDS } from './words.ts';

/** GitHub takes comments of at most 65,536 characters. */
const MOST_BYTES = 60_000;

/**
 * The report for a pull request: the verdict in the first line, one table of what was measured, the rest folded. At most 60 kB: what does
 * not fit is left out from the end, and that is said. The order of rows never depends on values, so that edits of a comment diff well.
 */
export function renderMarkdown(report: Report): string {
  const parts = [
    latencies(report),
    devices(report),
    compiled(report),
    packages(report),
    fold('Quality', qualities(report)),
    fold(`Findings: ${count(report.checks.flatMap((c) => c.causes).length, 'root cause')}`, findings(report)),
    fold('Rewrites', rewrites(report)),
    fold('Environment', environment(report)),
  ];
  let text = `${escapeMarkdown(headline(report))}\n\n${gates(report)}`;
  const note = '\n*Cut here: the whole report is in report.html.*\n';
  for (const part of parts) {
    if (part === '') continue;
    if (bytes(text) + bytes(part) + bytes(note) > MOST_BYTES) return text + note;
    text += `\n${part}`;
  }
  return text;
}

function gates(report: Report): string {
  const urgent = gatesByUrgency(report).filter((gate) => gate.status !== 'ok');
  const passed = report.gates.filter((gate) => gate.status === 'ok');
  const columns = ['', 'Gate', 'Value', 'Limit', 'Why'];
  const most = 40;
  return [
    urgent.length > 0 ? table(columns, urgent.slice(0, most).map(gateRow)) : '',
    urgent.length > most ? `\n… and ${count(urgent.length - most, 'more gate')}\n` : '',
    passed.length > 0 ? fold(`${count(passed.length, 'gate')} passed`, table(columns, passed.slice(0, most).map(gateRow))) : '',
  ].filter((part) => part !== '').join('\n');
}

function gateRow(gate: GateVerdict): string[] {
  const value = (x: number | null): string => (x === null ? '' : formatValue(x, gate.dimension));
  return [`${STATUS_SIGNS[gate.status]} ${STATUS_WORDS[gate.status]}`, gate.title, value(gate.value), value(gate.limit), gate.message];
}

/** The one variant that all are compared with, or that there are several. */
function referenceName({ reference, changes }: Report): string {
  return changes.some(({ base }) => base !== reference) ? 'its reference' : (reference ?? 'reference');
}

function latencies(report: Report): string {
  const stale = staleResults(report);
  const rows = latencyGroups(report).flatMap(({ device, unit, rows: group }) =>
    group.map(({ latency, change, isReference }) => [
      latency.variant,
      device,
      unit,
      latencyText(latency),
      changeText(change, isReference),
      `${latency.blocks}`,
      staleOf(stale, latency) ? `${latency.evidence}, stale` : latency.evidence,
    ]),
  );
  return rows.length === 0
    ? ''
    : [table(['Variant', 'Device', 'Unit', 'Latency', `Against ${referenceName(report)}`, 'Blocks', 'Evidence'], rows, [3, 4, 5]), ...staleTexts(stale).map((text) => `> ${text}\n`)].join('\n');
}

function devices(report: Report): string {
  const list = (report.devices ?? []).filter(({ chip, system }) => chip !== null || system !== null);
  const rows = verifiedPlaces(report).map((place) => [place.device, place.unit, count(place.rows.length, 'model'), placeText(place), place.rows.every(({ sound }) => sound) ? 'as rounding explains' : '**more than rounding explains**', place.rows[0]?.comparisons[0]?.evidence ?? '']);
  const operations = (report.operations ?? []).map((profile) => `**${escapeMarkdown(`${profile.variant} on ${profile.device}`)}**, ${profile.evidence}\n\n${table(
    ['Operation', 'Type', 'Cycles', 'Share'], operationRows(profile).slice(0, 8).map(({ name, opType, cycles, share }) => [name, opType ?? '', formatCount(cycles), `${(100 * share).toFixed(1)} %`]), [2, 3])}`).join('\n');
  const frames = (report.sustained ?? []).map((record) => [record.variant, record.device, record.unit, `${record.framesPerSecond} for ${record.seconds} s`, `${record.missed} of ${record.frames}`, formatMs(frameTimes(record).p50), record.evidence]);
  return [
    ...(list.length > 0 ? [table(['Device', 'What it is', 'Chip, system, tools', 'Evidence'], list.map((device) => [device.device, device.label, deviceText(device), device.evidence]))] : []),
    ...(rows.length > 0 ? [table(['Device', 'Unit', 'Outputs of', 'Against', 'Which is', 'Evidence'], rows)] : []),
    ...(frames.length > 0 ? [table(['Variant', 'Device', 'Unit', 'Frames a second', 'Missed', 'p50', 'Evidence'], frames, [3, 4, 5])] : []),
    ...(operations === '' ? [] : [fold('Cycles by operation', operations)]),
  ].join('\n');
}

function compiled(report: Report): string {
  return compiledTables(report).map(({ target, generation, tools, protocol, rows }) => {
    const columns = ['Variant', 'Placement', 'DDR traffic', 'Read', 'Written', 'Spills, fills', 'Over least, own face', 'uint8 face', 'Context binary', 'Emulated against ORT', ...(protocol === null ? [] : [protocol])];
    const lines = rows.map((row) => [
      row.record.variant, placementText(row), bytesText(row.traffic), bytesText(row.record.traffic?.readBytes), bytesText(row.record.traffic?.writeBytes),
      bytesText(row.record.traffic && row.record.traffic.spillBytes + row.record.traffic.fillBytes), timesText(row.traffic, row.record.least?.ownFace),
      timesText(row.traffic, row.record.least?.uint8Face), bytesText(row.record.context?.bytes), verifiedText(row),
      ...(protocol === null ? [] : [row.emulated ? formatQuality(row.emulated.mean, row.emulated.unit) : '–']),
    ]);
    return `**${escapeMarkdown(`Compiled for ${target} (Hexagon ${generation})`)}**\n\n${table(columns, lines, columns.map((_, i) => i).slice(2))}\n${escapeMarkdown(tools)}\n`;
  }).join('\n');
}

function packages({ packages: made = [] }: Report): string {
  if (made.length === 0) return '';
  const rows = made.map((one) => [one.variant, one.system, storedAs(one), formatBytes(one.bytes), agreementText(one), operationsText(one)]);
  return `**Core ML packages, verified(host)**\n\n${table(['Variant', 'Runs on', 'Stored as', 'Size', 'Against ORT', 'Operations'], rows, [3, 4])}`;
}

function qualities(report: Report): string {
  return qualityTables(report)
    .map(
      ({ dataset, protocols, rows, severalExecutors }) =>
        `**${escapeMarkdown(dataset)}**\n\n${table(
          ['Variant', ...(severalExecutors ? ['On'] : []), ...protocols],
          rows.map((row) => [row.variant, ...(severalExecutors ? [executorText(row)] : []), ...row.cells.map((cell) => (cell ? qualityText(cell) : ''))]),
          protocols.map((_, i) => i + (severalExecutors ? 2 : 1)),
        )}`,
    )
    .join('\n');
}

function findings(report: Report): string {
  const rows = report.checks.flatMap((check) =>
    check.causes.map((cause) => [
      check.subject,
      check.target,
      SEVERITY_WORDS[cause.severity],
      cause.title,
      `${cause.findings.length}`,
      cause.findings[0]?.node ?? '',
      cause.findings[0]?.remedy ?? '',
      cause.findings[0]?.evidence ?? '',
    ]),
  );
  return rows.length === 0
    ? ''
    : table(['Model', 'Target', 'Severity', 'Cause', 'Places', 'First node', 'Remedy', 'Evidence'], rows.slice(0, 100), [4]);
}

function rewrites(report: Report): string {
  const rows = report.rewrites.map(({ variant, log }) => [
    variant,
    log.target,
    `${log.nodesBefore} → ${log.nodesAfter}`,
    `${log.maxRankBefore ?? '?'} → ${log.maxRankAfter ?? '?'}`,
    [...new Set(log.records.filter((r) => r.outcome === 'fired').map((r) => r.rewrite))].join(', ') || 'none',
    log.whole
      ? `${log.whole.bitEqual ? 'bit-equal' : `max ${log.whole.maxRelToRange?.toExponential(1) ?? 'not finite'}`}, ${log.whole.evidence}`
      : log.records.some((r) => r.outcome === 'fired') ? 'not verified' : 'nothing changed',
  ]);
  return rows.length === 0 ? '' : table(['Variant', 'Target', 'Nodes', 'Rank', 'Fired', 'Whole model'], rows);
}

function environment({ environment: e, run }: Report): string {
  const libraries = Object.entries(e.libraries).map(([name, version]) => `${name} ${version}`).join(', ');
  const machine = [`dyno ${e.dyno}`, `Node ${e.node}`, e.os, `${e.cpu} (${e.cores} cores)`, libraries].filter((text) => text !== '');
  return `${machine.map(escapeMarkdown).join(', ')}\n\n${codeBlock(run.command)}\n`;
}

function table(columns: readonly string[], rows: readonly (readonly string[])[], numeric: readonly number[] = []): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  const rule = `|${columns.map((_, i) => (numeric.includes(i) ? ' ---: ' : ' --- ')).join('|')}|`;
  return `${[line(columns), rule, ...rows.map(line)].join('\n')}\n`;
}

function fold(summary: string, body: string): string {
  return body === '' ? '' : `<details><summary>${escapeMarkdown(summary)}</summary>\n\n${body}\n</details>\n`;
}

/** Text that Markdown shows as it is: no cell, code, link, mention or HTML begins in it. */
function escapeMarkdown(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_{}[\]<>|#~&!]/g, '\\$&')
    .replace(/\\</g, '&lt;')
    .replace(/\\>/g, '&gt;')
    .replace(/\\&/g, '&amp;')
    .replace(/@/g, '@\u200b')
    .replace(/\\!(?!\\\[)/g, '!');
}

/** A fence longer than any in the text. */
function codeBlock(text: string): string {
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map((m) => m[0].length + 1)));
  return `${fence}sh\n${oneLine(text)}\n${fence}`;
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}
