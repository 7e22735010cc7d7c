import { plural } from '../numbers.ts';
import type { UiState } from '../ui-state.ts';
import { candidateLines } from './candidates.ts';
import { chartHeight, chartLines } from './chart.ts';
import { deviceLines } from './devices.ts';
import { healthSpans } from './health-spans.ts';
import { fitLine, type Line, span } from './line.ts';
import { medianTable } from './medians.ts';
import { runningLines } from './running.ts';
import { sampleLines } from './samples.ts';
import type { Screen } from './screen-size.ts';

/** What the running steps do: progress, warnings, devices with their heat, latencies, samples of the last block, ways tried. At most `rows` lines. */
export function workPane(state: UiState, screen: Screen, rows: number): Line[] {
  const { columns } = screen;
  const ids = state.steps.filter(({ status }) => status === 'running').map(({ id }) => id);
  const isAtWork = ({ step }: { readonly step: string | null }): boolean => step !== null && ids.includes(step);
  const head = state.steps.filter(({ id }) => ids.includes(id)).flatMap((step) => runningLines(step, screen)).slice(0, rows);
  const warned = warningCounts(state, ids, rows - head.length > 12 ? 3 : 1, columns).slice(0, Math.max(0, rows - head.length));
  const room = rows - head.length - warned.length;
  const series = state.series.filter(isAtWork);
  const devices = state.devices.filter(isAtWork);
  const measured = devices.length > 1 ? deviceLines(devices, series, state, columns, room) : oneDevice(state, series, ids, columns, room);
  const tried = state.steps.find(({ id, tried: count }) => ids.includes(id) && count > 0);
  const table = tried ? candidateLines(state.candidates.filter(isAtWork), tried.tried, room - measured.length) : [];
  return [...head, ...warned, ...measured, ...table].map((line) => fitLine(line, columns));
}

/** The bars where they fit, else the table; the samples below, and both where there is plenty of room. */
function oneDevice(state: UiState, series: UiState['series'], ids: readonly string[], columns: number, rows: number): Line[] {
  if (series.length === 0 || rows < 2) return [];
  const device = series.at(-1)?.device;
  const heat = state.health.filter((one) => one.device === device).map((one) => [span('  '), ...healthSpans(one, columns - 2)]).slice(0, 1);
  const last = state.lastBlocks.findLast(({ step }) => ids.includes(step));
  const bars = chartHeight(series);
  const variants = new Set(series.map(({ variant }) => variant)).size;
  const room = rows - heat.length;
  if (room < bars && room < variants + 4) return [...heat, ...medianTable(series, columns, room)];
  if (room < bars + 3) return [...heat, ...medianTable(series, columns, room - 3), ...(last ? sampleLines(last, columns, 1) : [])];
  const samples = last ? sampleLines(last, columns, Math.min(5, Math.max(1, room - bars - variants - 5))) : [];
  const rest = room - bars - samples.length;
  const table = rest >= variants + 2 ? [[span('')], ...medianTable(series, columns, rest - 1)] : [];
  const gap = rest - table.length >= 1 ? [[span('')]] : [];
  return [...heat, ...chartLines(series, columns, bars), ...table, ...gap, ...samples];
}

/** Kinds of warnings of the running steps with their counts, the most frequent first. */
function warningCounts({ warnings }: UiState, ids: readonly string[], most: number, columns: number): Line[] {
  const own = warnings.filter(({ step }) => step === null || ids.includes(step)).sort((a, b) => b.count - a.count);
  const shown = own.slice(0, own.length > most ? Math.max(1, most - 1) : most).map(({ count, text }): Line => [span('! ', 'warn'), span(count > 1 ? `${count}× ` : '', 'warn'), span(text, 'warn')]);
  const rest = own.slice(shown.length).reduce((sum, { count }) => sum + count, 0);
  return [...shown, ...(rest > 0 && most > 1 ? [[span(`  ${plural(rest, 'warning')} of other kinds`, 'dim')]] : [])].map((line) => fitLine(line, columns));
}
