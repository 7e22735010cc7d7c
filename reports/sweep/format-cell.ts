import { formatBytes, formatCount, formatMs, significant } from '../model/format.ts';
import type { SweepCell, SweepColumn } from './sweep-schema.ts';

/** A value as people read it, without the unit that stands over its column unless the value carries its own (ms, bytes). */
export function cellText({ value, low, high, missing }: SweepCell, column: SweepColumn): string {
  if (value === null) return missing === null || missing === '' ? '–' : missing;
  const text = numberText(value, column);
  if (low === undefined && high === undefined) return text;
  return `${text}${spreadText(value, low ?? null, high ?? null, column)}`;
}

/** A value alone. */
export function numberText(value: number, { unit, digits, figure }: SweepColumn): string {
  if (digits !== null) return signed(value.toFixed(digits));
  switch (unit) {
    case 'ms': return formatMs(value);
    case 'bytes': return formatBytes(value);
    case 'count': return formatCount(value);
    case 'nodes': return String(value);
    case '%': return `${significant(value)} %`;
    case '×': return `${value.toFixed(2)}×`;
    case 'dB': return signed(value.toFixed(figure === 'drop' || figure === 'gain' ? 3 : 2));
    case '': return signed(value.toFixed(4));
    default: return significant(value);
  }
}

/** Half of the interval where it is even, as `±3 %` of a time or in the unit of a score; its ends where one is open or far off. */
function spreadText(value: number, low: number | null, high: number | null, column: SweepColumn): string {
  if (low === null || high === null) return '';
  const half = (high - low) / 2;
  if (column.figure === 'estimate') return ` (${significant(low)}–${significant(high)})`;
  if (column.unit === 'ms' || column.unit === '×') return value === 0 ? '' : ` ±${percent(half / value)}`;
  return ` ±${Math.abs(half).toFixed(3)}`;
}

function percent(share: number): string {
  const value = 100 * Math.abs(share);
  if (value > MOST_PERCENT) return `>${MOST_PERCENT} %`;
  return `${value >= 10 ? value.toFixed(0) : value.toFixed(1)} %`;
}

/** Two blocks that lie apart leave an interval of any width: beyond this its figure says nothing more. */
const MOST_PERCENT = 1000;

/** A true minus sign. */
function signed(text: string): string {
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−');
}
