/** Figures in what a device says of its heat and charge, as in `status 0, skin 31.2 °C, battery 29 °C, charge 80 %`. */
export interface HealthFigures {
  /** Warmest of what can be felt or measured: the skin where it is known, else the first temperature. */
  readonly celsius: number | null;
  readonly chargePercent: number | null;
}

/** Reads the last state of a text, which may tell of two: `… → …`. */
export function healthFigures(text: string): HealthFigures {
  const last = text.split('→').at(-1) as string;
  const celsius = /skin (-?[\d.]+) °C/.exec(last) ?? /(-?[\d.]+) °C/.exec(last);
  const charge = /charge ([\d.]+) %/.exec(last);
  return { celsius: celsius ? Number(celsius[1]) : null, chargePercent: charge ? Number(charge[1]) : null };
}

/** Where values went between the first and the last of them: `↗`, `→`, `↘`; nothing for fewer than two. A change below `least` is none. */
export function trend(values: readonly number[], least: number): string {
  const [first, last] = [values[0], values.at(-1)];
  if (values.length < 2 || first === undefined || last === undefined) return '';
  if (Math.abs(last - first) < least) return '→';
  return last > first ? '↗' : '↘';
}
