import { padEnd } from '../width.ts';
import { fitLine, type Line, span } from './line.ts';

const KEYS: readonly (readonly [key: string, what: string])[] = [
  ['Tab', 'next part: work, steps, log'],
  ['↑ ↓', 'choose a step, scroll the log'],
  ['s', 'leave out a step'],
  ['r', 'do a left-out step after all'],
  ['a', 'stop a phone, or everything'],
  ['l', 'log'],
  ['d', 'log of one device'],
  ['f', 'whole terminal, or in place'],
  ['Ctrl-C', 'stop; twice: at once'],
];

/** What the keys do, as far as there is room. */
export function helpLines(columns: number, rows: number): Line[] {
  return [[span('Keys', 'strong')], ...KEYS.map(([key, what]): Line => [span(`  ${padEnd(key, 6)}  `, 'accent'), span(what)])].slice(0, Math.max(0, rows)).map((line) => fitLine(line, columns));
}
