import { sparkline } from '../bars.ts';
import { trend } from '../health.ts';
import type { HealthState } from '../ui-state.ts';
import { type Line, lineWidth, span } from './line.ts';

/** Heat and charge with where they went, and the heat as a trace; in figures alone where the device's own words are too long. */
export function healthSpans({ text, celsius, chargePercent }: HealthState, columns: number): Line {
  const now = text.split('→').at(-1)?.trim() ?? text;
  const [heat, charge] = [trend(celsius, 0.5), trend(chargePercent, 1)];
  const arrows = [heat === '' ? '' : `heat ${heat}`, charge === '' ? '' : `charge ${charge}`].filter((part) => part !== '');
  const trace = span(celsius.length > 1 ? ` ${sparkline(celsius, 12)}` : '', 'warn');
  const long: Line = [span(now, 'dim'), trace, span(arrows.length > 0 ? `  ${arrows.join(', ')}` : '', 'dim')];
  if (lineWidth(long) <= columns || celsius.length + chargePercent.length === 0) return long;
  const figures = [figure('', celsius, '°C', heat), figure('charge ', chargePercent, '%', charge)].filter((part) => part !== '');
  return [span(figures.join(', '), 'dim'), trace];
}

function figure(name: string, values: readonly number[], unit: string, arrow: string): string {
  const last = values.at(-1);
  return last === undefined ? '' : `${name}${last} ${unit}${arrow === '' ? '' : ` ${arrow}`}`;
}
