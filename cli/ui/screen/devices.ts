import { progressBar } from '../bars.ts';
import type { BlockSeries, DeviceState } from '../reduce.ts';
import { chartLines } from './chart.ts';
import { fitLine, type Line, lineWidth, span, type Tone } from './line.ts';

const NARROWEST_PANEL = 38;
const GAP = 2;
const BAR = 10;

/**
 * Several devices at work: a panel each, side by side where the terminal is wide enough, with what it does, its heat, and its latencies. At most
 * `rows` lines; where panels stand above each other the room is shared.
 */
export function deviceLines(devices: readonly DeviceState[], series: readonly BlockSeries[], columns: number, rows: number): Line[] {
  const bands = Math.ceil(devices.length / Math.max(1, Math.floor((columns + GAP) / (NARROWEST_PANEL + GAP))));
  const abreast = Math.ceil(devices.length / bands);
  const width = Math.floor((columns - GAP * (abreast - 1)) / abreast);
  const height = Math.floor(rows / bands);
  if (height < 1) return devices.slice(0, Math.max(0, rows)).map((device) => fitLine(headLine(device), columns));
  return Array.from({ length: bands }, (_, band) => {
    const panels = devices.slice(band * abreast, (band + 1) * abreast).map((device) => panel(device, series, width, height));
    const tallest = Math.max(...panels.map((lines) => lines.length));
    return Array.from({ length: tallest }, (_, row) => abreastLine(panels.map((lines) => lines[row] ?? []), width));
  }).flat();
}

function panel(device: DeviceState, series: readonly BlockSeries[], width: number, height: number): Line[] {
  const lines = [headLine(device), stateLine(device)].slice(0, height);
  const own = series.filter((s) => s.device === device.device);
  return [...lines, ...chartLines(own, width, height - lines.length)].map((line) => fitLine(line, width));
}

function headLine({ device, label }: DeviceState): Line {
  return [span(`  ${device}`, 'strong'), span(`  ${label}`, 'dim')];
}

const PHASES = { opening: 'plain', measuring: 'accent', profiling: 'accent', done: 'good', lost: 'bad' } as const satisfies Record<DeviceState['phase'], Tone>;

function stateLine({ phase, done, total, note, health }: DeviceState): Line {
  const counted = total === null || phase === 'done' ? [] : [span(progressBar(done, total, BAR), 'accent'), span(` ${done}/${total}  `, 'dim')];
  const said = [phase === 'measuring' ? note : (note ?? phase), health].filter((part) => part !== null && part !== '').join(', ');
  return [span('  '), ...counted, span(said === '' ? phase : said, PHASES[phase] === 'accent' ? 'dim' : PHASES[phase])];
}

function abreastLine(lines: readonly Line[], width: number): Line {
  return lines.flatMap((line, i) => (i === lines.length - 1 ? line : [...line, span(' '.repeat(width - lineWidth(line) + GAP))]));
}
