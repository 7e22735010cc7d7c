import type { Lab } from './lab.ts';

/**
 * CIEDE2000 colour difference with all weights 1. G. Sharma, W. Wu, E. N. Dalal, "The CIEDE2000 color-difference formula: implementation notes,
 * supplementary test data, and mathematical observations", Color Research and Application 30(1), 2005, equations 2 to 22.
 */
export function ciede2000(a: Lab, b: Lab): number {
  const g = 0.5 * (1 - Math.sqrt(ratioOf((Math.hypot(a[1], a[2]) + Math.hypot(b[1], b[2])) / 2)));
  const [a1, a2] = [(1 + g) * a[1], (1 + g) * b[1]];
  const [c1, c2] = [Math.hypot(a1, a[2]), Math.hypot(a2, b[2])];
  const [h1, h2] = [hueOf(a1, a[2]), hueOf(a2, b[2])];
  const [dL, dC, dH] = [b[0] - a[0], c2 - c1, 2 * Math.sqrt(c1 * c2) * sin(hueDifference(h1, h2, c1 * c2) / 2)];
  const [meanL, meanC, meanH] = [(a[0] + b[0]) / 2, (c1 + c2) / 2, meanHue(h1, h2, c1 * c2)];
  const t = 1 - 0.17 * cos(meanH - 30) + 0.24 * cos(2 * meanH) + 0.32 * cos(3 * meanH + 6) - 0.2 * cos(4 * meanH - 63);
  const sl = 1 + (0.015 * (meanL - 50) ** 2) / Math.sqrt(20 + (meanL - 50) ** 2);
  const [sc, sh] = [1 + 0.045 * meanC, 1 + 0.015 * meanC * t];
  const rotation = -sin(60 * Math.exp(-(((meanH - 275) / 25) ** 2))) * 2 * Math.sqrt(ratioOf(meanC));
  return Math.sqrt((dL / sl) ** 2 + (dC / sc) ** 2 + (dH / sh) ** 2 + rotation * (dC / sc) * (dH / sh));
}

/** C⁷ / (C⁷ + 25⁷). */
function ratioOf(chroma: number): number {
  const seventh = chroma ** 7;
  return seventh / (seventh + 25 ** 7);
}

/** Degrees in [0, 360); 0 for grey. */
function hueOf(a: number, b: number): number {
  if (a === 0 && b === 0) return 0;
  const degrees = (Math.atan2(b, a) * 180) / Math.PI;
  return degrees < 0 ? degrees + 360 : degrees;
}

function hueDifference(h1: number, h2: number, chromas: number): number {
  if (chromas === 0) return 0;
  const difference = h2 - h1;
  if (Math.abs(difference) <= 180) return difference;
  return difference > 180 ? difference - 360 : difference + 360;
}

function meanHue(h1: number, h2: number, chromas: number): number {
  if (chromas === 0) return h1 + h2;
  if (Math.abs(h1 - h2) <= 180) return (h1 + h2) / 2;
  return h1 + h2 < 360 ? (h1 + h2 + 360) / 2 : (h1 + h2 - 360) / 2;
}

function sin(degrees: number): number {
  return Math.sin((degrees * Math.PI) / 180);
}

function cos(degrees: number): number {
  return Math.cos((degrees * Math.PI) / 180);
}
