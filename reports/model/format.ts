/** Numbers as people read them. Every rendering uses these, so that a value looks the same everywhere. */

/** Milliseconds with three significant digits, in µs, ms or s. */
export function formatMs(ms: number): string {
  if (ms !== 0 && Math.abs(ms) < 0.1) return `${significant(ms * 1000)} µs`;
  return Math.abs(ms) >= 10_000 ? `${significant(ms / 1000)} s` : `${significant(ms)} ms`;
}

/** Bytes in steps of 1000, as files are shown. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, Math.abs(bytes))) / 3)));
  return step === 0 ? `${Math.round(bytes)} B` : `${significant(bytes / 1000 ** step)} ${units[step]}`;
}

/** A count with a thin space between thousands up to a million, beyond in k, M, G. */
export function formatCount(count: number): string {
  if (Math.abs(count) < 1e6) return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, '\u2009');
  const [scale, letter] = Math.abs(count) < 1e9 ? [1e6, 'M'] : [1e9, 'G'];
  return `${significant(count / scale)} ${letter}`;
}

/** A quality value: dB with two decimals, others with four, or with an exponent where those would all be zero, and for very large ones. */
export function formatQuality(value: number, unit: string): string {
  if (unit === 'dB') return `${value.toFixed(2)} dB`;
  const text = value.toFixed(4);
  return (value !== 0 && Number(text) === 0) || Math.abs(value) >= 1e6 ? value.toExponential(1) : text;
}

/** A ratio as a signed change: 1.05 is `+5.0 %`. */
export function formatChange(ratio: number): string {
  const percent = (ratio - 1) * 100;
  const digits = Math.abs(percent) >= 100 ? 0 : 1;
  const text = Math.abs(percent).toFixed(digits);
  return `${Number(text) === 0 ? '±' : percent < 0 ? '−' : '+'}${text} %`;
}

/** A value of a gate in its dimension. */
export function formatValue(value: number, dimension: string): string {
  switch (dimension) {
    case 'ms': return formatMs(value);
    case 'bytes': return formatBytes(value);
    case 'dB': return formatQuality(value, 'dB');
    case 'similarity': return formatQuality(value, '');
    case '%': return formatChange(1 + value / 100);
    default: return formatCount(value);
  }
}

/** An error figure such as 1.2e-7; null was not finite. */
export function formatError(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return 'not finite';
  return value === 0 ? '0' : value.toExponential(1);
}

/** Three significant digits without an exponent. */
export function significant(value: number, digits = 3): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value)) + 1e-9));
  return value.toFixed(Math.min(decimals, 12));
}
