import type { Style } from '../style.ts';
import type { Line, Tone } from './line.ts';

/** A line as a terminal takes it, in colours or without. */
export function paintLine(line: Line, style: Style): string {
  const tones: Readonly<Record<Tone, (text: string) => string>> = {
    plain: (text) => text, dim: style.dim, good: style.green, bad: style.red, warn: style.yellow, accent: style.cyan, strong: style.bold,
  };
  return line.map(({ text, tone }) => (text === '' ? '' : tones[tone](text))).join('');
}
