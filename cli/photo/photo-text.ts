import { formatBytes, formatMs } from '../../reports/model/format.ts';
import type { SeamReport } from '../../reports/photo/seams.ts';
import { formatDuration, plural } from '../ui/numbers.ts';
import type { Style } from '../ui/style.ts';
import { shownPath } from '../work/model-refs.ts';
import type { PhotoOutcome, PictureFacts } from './photo-outcome.ts';
import type { PhotoTime } from './photo-times.ts';

/** A photo that was enlarged, or a plan for it, for a person. */
export function photoText(outcome: PhotoOutcome, cwd: string, style: Style): string {
  const { source, result, model, on, evidence, dryRun, notes, decodeMs, encodeMs } = outcome;
  const row = (name: string, text: string): string => `  ${name.padEnd(10)}${text}`;
  return [
    `${style.bold(shownPath(source.path, cwd))} ${size(source)} → ${dryRun ? '' : `${style.bold(shownPath(result.path, cwd))} `}${size(result)} by ${style.bold(model)} on ${on}${evidence === 'simulated' ? ', simulated' : ''}`,
    row('sight', sightText(outcome)),
    row('tiles', tilesText(outcome)),
    ...(outcome.predicted ? [row('predicted', timeText(outcome.predicted))] : []),
    ...(outcome.measured ? [row('measured', `${timeText(outcome.measured)}${outcome.ratio === null ? '' : `: ${outcome.ratio.toFixed(2)} of what was predicted`}`)] : []),
    ...(evidence !== 'emulated' || dryRun ? [] : [row('time', style.dim('an emulation’s, which says nothing of a chip: not shown'))]),
    ...(encodeMs === null ? [] : [row('files', `decoded in ${formatDuration(decodeMs)}, encoded in ${formatDuration(encodeMs)}`)]),
    row('memory', memoryText(outcome)),
    ...(outcome.seams ? [row('seams', seamText(outcome.seams, style))] : []),
    ...(outcome.seamMap === null ? [] : [row('map', shownPath(outcome.seamMap, cwd))]),
    ...notes.map((note) => style.dim(`  ${note}`)),
  ].join('\n');
}

function size({ width, height, depth, gray, alpha }: PictureFacts): string {
  const extra = [gray ? 'grey' : null, depth === 16 ? '16 bits' : null, alpha ? 'with opacity' : null].filter((text) => text !== null);
  return `${width}×${height}${extra.length > 0 ? ` (${extra.join(', ')})` : ''}`;
}

function sightText({ sight: { margin, period, exact, evidence, why } }: PhotoOutcome): string {
  const grid = period > 1 ? `, on a grid of ${period}` : '';
  if (exact) return `${plural(margin, 'pixel')} on each side${grid} (${evidence}${why === null ? '' : `, for the graph does not tell: ${why}`})`;
  return `more than surroundings; changes of more than half a level within ${plural(margin, 'pixel')}${grid} (${evidence})`;
}

function tilesText({ plan: { tile, columns, rows, tiles, overlap, blend, redundancy }, jobs, tried }: PhotoOutcome): string {
  if (tiles === 1) return `1 of ${tile.width}×${tile.height}: the whole picture`;
  const choice = tried.length > 1 ? `, the fastest of ${tried.length} sizes` : '';
  const how = blend === 'crop' ? 'cut at the middle' : 'fading into each other';
  return `${columns}×${rows} = ${tiles} of ${tile.width}×${tile.height}${choice}, sharing ${overlap} pixels, ${how}; ${(100 * redundancy).toFixed(1)} % is computed twice${jobs > 1 ? `; ${jobs} at a time` : ''}`;
}

function timeText({ totalMs, loadMs, tiles, prepareMs, predictMs, readMs }: PhotoTime): string {
  return `${formatDuration(totalMs)} = load ${formatDuration(loadMs)} + ${tiles} × (prepare ${formatMs(prepareMs)} + predict ${formatMs(predictMs)} + read ${formatMs(readMs)})`;
}

function memoryText({ evidence, memory: { allowedBytes, neededBytes, ownBytes, runtimeBytes } }: PhotoOutcome): string {
  const bounds = neededBytes === null ? 'not predicted' : `predicted ${formatBytes(neededBytes)} of ${formatBytes(allowedBytes)} allowed`;
  if (ownBytes === null) return bounds;
  return `peak ${formatBytes(ownBytes)}${runtimeBytes === null ? '' : ` + ${formatBytes(runtimeBytes)} ${MEMORY_OF[evidence]}`}, ${bounds}`;
}

const MEMORY_OF: Readonly<Record<PhotoOutcome['evidence'], string>> = { 'measured(host)': 'in ONNX Runtime', emulated: 'in the emulator', simulated: 'on the phone, simulated', 'measured(device)': 'on the phone' };

function seamText({ looked, places, seams, inside }: SeamReport, style: Style): string {
  if (places === 0) return 'none: no two tiles meet';
  const where = looked < places ? `${looked} of ${places} places` : `all ${places} places`;
  const figures = `max ${plural(seams.max, 'level')}, mean ${seams.mean.toFixed(3)} at ${where}; inside tiles max ${inside.max}, mean ${inside.mean.toFixed(3)}`;
  if (seams.max <= VISIBLE_LEVELS) return style.green(seams.max === 0 ? `no seam (${figures})` : `no seam visible (${figures})`);
  return style.yellow(`seams: ${figures}`);
}

/** A difference of one level is rounding. */
const VISIBLE_LEVELS = 1;
