import type { GateStatus } from '../../model/report.ts';

/** Colour for terminals, or none. */
export type Paint = (style: Style, text: string) => string;

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta';

const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], blue: [34, 39], magenta: [35, 39],
};

export function paintWith(color: boolean): Paint {
  return (style, text) => (color && text !== '' ? `\u001b[${CODES[style][0]}m${text}\u001b[${CODES[style][1]}m` : text);
}

export const STATUS_STYLES: Readonly<Record<GateStatus, Style>> = {
  ok: 'green',
  failed: 'red',
  warn: 'yellow',
  inconclusive: 'magenta',
  missing: 'yellow',
};
