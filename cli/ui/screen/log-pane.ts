import { plural } from '../numbers.ts';
import type { LogEntry, UiState } from '../ui-state.ts';
import type { View } from '../view.ts';
import { padEnd } from '../width.ts';
import { fitLine, type Line, span, spread, type Tone } from './line.ts';

const TONES: Readonly<Record<LogEntry['level'], Tone>> = { info: 'plain', warn: 'warn', error: 'bad' };
const SIGNS: Readonly<Record<LogEntry['level'], string>> = { info: ' ', warn: '!', error: '✗' };

/** The last lines of the log, or those that it is scrolled back to, below a heading. */
export function logPane({ log, logDropped }: UiState, { device, back, focus }: View, columns: number, rows: number): Line[] {
  if (rows < 2) return [];
  const own = device === null ? log : log.filter((entry) => entry.device !== null && (entry.device === device || device.endsWith(`:${entry.device}`)));
  const end = Math.max(Math.min(rows - 1, own.length), own.length - back);
  const shown = own.slice(Math.max(0, end - rows + 1), end);
  const where = end < own.length ? `${plural(own.length - end, 'line')} below` : logDropped > 0 ? `${plural(logDropped, 'older line')} let go` : '';
  const title = `─ log${device === null ? '' : ` of ${device}`} `;
  const heading = spread([span(title, focus === 'log' ? 'accent' : 'dim')], [span(where === '' ? '' : `${where} ─`, 'dim')], columns);
  return [heading, ...(shown.length === 0 ? [[span('  nothing yet', 'dim')]] : shown.map((entry) => entryLine(entry, device === null && columns >= 80))), ...blank(rows - 1 - Math.max(1, shown.length))].map((line) => fitLine(line, columns));
}

function entryLine({ at, source, level, text, device }: LogEntry, withDevice: boolean): Line {
  const about = withDevice && device !== null ? `${device}: ` : '';
  return [span(`${at.slice(11, 19)} `, 'dim'), span(`${SIGNS[level]} `, TONES[level]), span(`${padEnd(source, 6)} `, 'dim'), span(`${about}${printable(text)}`, TONES[level])];
}

/** Without what would move the cursor or change colours. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g, '').replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ');
}

function blank(rows: number): Line[] {
  return Array.from({ length: Math.max(0, rows) }, () => [span('')]);
}
