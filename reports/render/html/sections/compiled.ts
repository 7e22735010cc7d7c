import { formatChange, formatQuality } from '../../../model/format.ts';
import { bytesText, type CompiledRow, type CompiledTable, compiledTables, placementText, timesText, verifiedText } from '../../compiled-table.ts';
import { count } from '../../words.ts';
import { type Markup, markup, type Piece } from '../markup.ts';
import { code, type Column, details, evidence, facts, figure, numeric, quiet, type Section, table, variantName, warningList } from '../parts.ts';
import { type TrafficBar, trafficBars } from '../svg/traffic-bars.ts';
import type { View } from '../view.ts';

/** What Qualcomm's compiler made of each variant: placement, memory traffic against its limits, context binary, and what the emulator computes. */
export function compiledSection(view: View): Section | null {
  const tables = compiledTables(view.report);
  if (tables.length === 0) return null;
  return { id: 'compiled', title: 'Compiled for HTP', body: markup`${tables.map((one, i) => chip(view, one, i))}` };
}

function chip(view: View, one: CompiledTable, index: number): Markup {
  const { target, generation, rows, protocol, tools } = one;
  const failures = rows.flatMap(({ record }) => (record.failure === null ? [] : [`${record.variant}: ${record.failure}`]));
  return markup`<h3>${target} ${quiet(`Hexagon ${generation}`)} ${evidence('compiled')}${protocol !== null && [' ', evidence('emulated')]}</h3>
${traffic(view, one, index)}
${table(`Compiled for ${target}`, columns(protocol), rows.map((row) => cells(view, row, protocol)))}
<p>${quiet('Bytes are the compiler’s own, and the same each time. The least: inputs, outputs and weights, each once, as the graph’s own face has them; below it with a byte for each value of inputs and outputs. Against ORT: range of the output over the error of the emulated one. Time is not told: the emulator’s is not a phone’s.')}</p>
${warningList([...failures, ...new Set(rows.flatMap(({ record }) => record.note ?? []))])}
${onCpu(rows)}
${details('Compiler and options', markup`<p>${tools}</p>${facts(Object.entries(rows[0]?.record.options ?? {}))}`)}`;
}

function columns(protocol: string | null): Column[] {
  return [
    'Variant', 'Placement', numeric('DDR traffic'), numeric('Over the least'), numeric('Context binary'), numeric('Against ORT'),
    ...(protocol === null ? [] : [numeric(markup`<code>${protocol}</code>`)]),
  ];
}

function cells(view: View, row: CompiledRow, protocol: string | null): Piece[] {
  const { record, whole, traffic: all, against } = row;
  const { traffic: split, least } = record;
  const spilled = split ? split.spillBytes + split.fillBytes : 0;
  return [
    variantName(record.variant, view.series(record.variant)),
    markup`<span class="${whole ? 'better' : 'same'}">${placementText(row)}</span>`,
    [bytesText(all), against && markup`<br><small class="${tone(against.ratio)}">${formatChange(against.ratio)} against ${against.variant}</small>`, split && below(`${bytesText(split.readBytes)} read`, `${bytesText(split.writeBytes)} written`, spilled > 0 ? `${bytesText(spilled)} spilled` : 'no spills')],
    [timesText(all, least?.ownFace), least && below(`${timesText(all, least.uint8Face)} uint8`)],
    bytesText(record.context?.bytes), verifiedText(row), ...(protocol === null ? [] : [score(row)]),
  ];
}

function tone(ratio: number): 'better' | 'worse' | 'same' {
  return Math.abs(ratio - 1) < 5e-4 ? 'same' : ratio < 1 ? 'better' : 'worse';
}

/** The emulated score, with ONNX Runtime's below it. */
function score({ emulated, computed }: CompiledRow): Piece {
  if (!emulated) return '–';
  return [formatQuality(emulated.mean, emulated.unit), computed && below(`ORT ${formatQuality(computed.mean, computed.unit)}`)];
}

function below(...lines: readonly string[]): Piece {
  return lines.map((line) => markup`<br><small class="quiet">${line}</small>`);
}

function traffic(view: View, { target, rows }: CompiledTable, index: number): Markup | null {
  const bars = rows.flatMap(({ record: { variant, traffic: t, least }, traffic: all }): TrafficBar[] => !t ? [] : [{
    label: variant, series: view.series(variant), read: t.readBytes / 1e6, written: t.writeBytes / 1e6, spilled: (t.spillBytes + t.fillBytes) / 1e6,
    limits: least && { own: least.ownFace / 1e6, uint8: least.uint8Face / 1e6 }, value: bytesText(all),
  }]);
  if (bars.length === 0) return null;
  const description = bars.map(({ label, value }) => `${label}: ${value}`).join('; ');
  const chart = trafficBars({ id: `traffic-${index}`, title: `DDR traffic per inference on ${target}`, description }, bars);
  return figure(chart, 'DDR traffic of one inference: read (full) and written (light), spills and fills below. Lines: the least that inputs, outputs and weights need, dashed with uint8 inputs and outputs.');
}

function onCpu(rows: readonly CompiledRow[]): Markup | null {
  const left = rows.flatMap(({ record }) => record.onCpu.map((node) => ({ variant: record.variant, ...node })));
  if (left.length === 0) return null;
  return details(`${count(left.length, 'node')} on the CPU, and why`, table('Nodes on the CPU', ['Variant', 'Node', 'Operator', 'The compiler’s reason'], left.map(
    ({ variant, node, opType, reason }) => [variant, code(node), opType, reason ?? 'none was given'])));
}
