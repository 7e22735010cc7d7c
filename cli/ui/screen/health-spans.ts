import { sparkline } from '../bars.ts';
import { trend } from '../health.ts';
import type { HealthState } from '../ui-state.ts';
import { type Line, span } from './line.ts';

/** Heat and charge with where they went, and the heat as a trace. */
export function healthSpans({ text, celsius, chargePercent }: HealthState): Line {
  const now = text.split('→').at(-1)?.trim() ?? text;
  const arrows = [celsius.length > 1 ? `heat ${trend(celsius, 0.5)}` : '', chargePercent.length > 1 ? `charge ${trend(chargePercent, 1)}` : ''].filter((part) => part !== '');
  const trace = celsius.length > 1 ? ` ${sparkline(celsius, 12)}` : '';
  return [span(now, 'dim'), span(trace, 'warn'), span(arrows.length > 0 ? `  ${arrows.join(', ')}` : '', 'dim')];
}
