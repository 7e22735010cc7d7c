/** CIE 1976 L*, a*, b*. */
export type Lab = readonly [number, number, number];

export type Rgb = readonly [number, number, number];

/** Light in 0–1 of an sRGB level 0–255 (IEC 61966-2-1); levels beyond are clamped. */
export function toLinear(level: number): number {
  const value = Math.min(1, Math.max(0, level / 255));
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** Lab of linear-light sRGB in 0–1 under D65, 2° observer. */
export function labOf([r, g, b]: Rgb): Lab {
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function f(t: number): number {
  return t > (6 / 29) ** 3 ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29;
}
