/** A linear scale from values to positions, with round ticks. */
export interface Scale {
  (value: number): number;
  readonly ticks: readonly number[];
  /** A tick as text, with as many decimals as the step needs. */
  readonly format: (tick: number) => string;
}

/** A scale whose domain is widened to round steps of 1, 2 or 5 · 10ⁿ. A domain of no width is given one. */
export function linearScale(domain: readonly [number, number], range: readonly [number, number], count = 5): Scale {
  const [low, high] = widened(domain);
  const step = roundStep((high - low) / count);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  const [from, to] = [first * step, last * step];
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const scale = (value: number): number => range[0] + ((value - from) / (to - from)) * (range[1] - range[0]);
  return Object.assign(scale, { ticks, format: (tick: number) => tick.toFixed(Math.min(decimals, 10)) });
}

/** A domain for values on an axis of lengths: from zero, unless they lie so close together that zero would hide their differences. */
export function lengthDomain(values: readonly number[]): [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!Number.isFinite(low)) return [0, 1];
  return high - low < 0.35 * high ? [low - 0.15 * (high - low), high + 0.05 * (high - low)] : [0, high];
}

function widened([low, high]: readonly [number, number]): [number, number] {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  return high > low ? [low, high] : [low - Math.max(Math.abs(low) * 0.05, 0.5), high + Math.max(Math.abs(high) * 0.05, 0.5)];
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const share = rough / power;
  return power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
}
