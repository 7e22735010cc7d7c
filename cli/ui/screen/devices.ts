import { progressBar } from '../bars.ts';
import type { BlockSeries, DeviceState, UiState } from '../ui-state.ts';
import { chartHeight, chartLines } from './chart.ts';
import { healthSpans } from './health-spans.ts';
import { fitLine, type Line, lineWidth, span, type Tone } from './line.ts';
import { medianTable } from './medians.ts';
import { sampleLines } from './samples.ts';

const NARROWEST_PANEL = 38;
const GAP = 2;
const BAR = 10;

/**
 * Several devices at work: a panel each, side by side where the terminal is wide enough, with what it does, its heat, its latencies, and the samples of its last block. At most
 * `rows` lines; where panels stand above each other the room is shared.
 */
export function deviceLines(devices: readonly DeviceState[], series: readonly BlockSeries[], known: Pick<UiState, 'health' | 'lastBlocks'>, columns: number, rows: number): Line[] {
  const bands = Math.ceil(devices.length / Math.max(1, Math.floor((columns + GAP) / (NARROWEST_PANEL + GAP))));
  const abreast = Math.ceil(devices.length / bands);
  const width = Math.floor((columns - GAP * (abreast - 1)) / abreast);
  const gap = bands > 1 && rows / bands >= 8 ? 1 : 0;
  const height = Math.floor((rows - gap * (bands - 1)) / bands);
  if (height < 1) return devices.slice(0, Math.max(0, rows)).map((device) => fitLine(headLine(device), columns));
  return Array.from({ length: bands }, (_, at) => {
    const panels = devices.slice(at * abreast, (at + 1) * abreast).map((device) => panel(device, series, known, width, height));
    const tallest = Math.max(...panels.map((lines) => lines.length));
    const band = Array.from({ length: tallest }, (_, row) => abreastLine(panels.map((lines) => lines[row] ?? []), width));
    return at > 0 && gap > 0 ? [[span('')], ...band] : band;
  }).flat();
}

function panel(device: DeviceState, series: readonly BlockSeries[], { health, lastBlocks }: Pick<UiState, 'health' | 'lastBlocks'>, width: number, height: number): Line[] {
  const own = series.filter((s) => s.device === device.device);
  const heat = health.filter((one) => one.device === device.device).map((one): Line => [span('  '), ...healthSpans(one, width - 2)]);
  const head = [headLine(device), stateLine(device), ...heat].slice(0, height);
  const room = height - head.length;
  const last = lastBlocks.find((block) => block.device === device.device && block.step === device.step);
  const samples = last && room >= 5 ? sampleLines(last, width, Math.min(4, Math.max(1, room - chartHeight(own) - 2))) : [];
  const left = room - samples.length - (room >= 8 ? 1 : 0);
  const latencies = chartHeight(own) <= left ? chartLines(own, width, left) : medianTable(own, width, left);
  return [...head, ...(latencies.length > 0 ? latencies : chartLines(own, width, left)), ...samples].map((line) => fitLine(line, width));
}

function headLine({ device, label }: DeviceState): Line {
  return [span(`  ${device}`, 'strong'), span(`  ${label}`, 'dim')];
}

const PHASES = { opening: 'plain', measuring: 'accent', profiling: 'accent', done: 'good', lost: 'bad', stopped: 'warn' } as const satisfies Record<DeviceState['phase'], Tone>;

function stateLine({ phase, done, total, note, stopping }: DeviceState): Line {
  if (stopping) return [span('  » taken out by hand; it comes to rest', 'warn')];
  const counted = total === null || phase === 'done' ? [] : [span(progressBar(done, total, BAR), 'accent'), span(` ${done}/${total}  `, 'dim')];
  const said = phase === 'lost' || phase === 'stopped' ? `${phase === 'lost' ? '✗' : '■'} ${note ?? phase}` : (note ?? (phase === 'done' ? '✓ done' : phase));
  return [span('  '), ...counted, span(said, PHASES[phase] === 'accent' ? 'dim' : PHASES[phase])];
}

function abreastLine(lines: readonly Line[], width: number): Line {
  return lines.flatMap((line, i) => (i === lines.length - 1 ? line : [...line, span(' '.repeat(width - lineWidth(line) + GAP))]));
}
