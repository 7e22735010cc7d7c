/** The cubic filter with B = C = 1⁄3 of D. P. Mitchell and A. N. Netravali, "Reconstruction filters in computer graphics", SIGGRAPH 1988, equation 8. */
export function mitchell(x: number): number {
  const a = Math.abs(x);
  if (a < 1) return (7 * a ** 3 - 12 * a ** 2 + 16 / 3) / 6;
  return a < 2 ? ((-7 / 3) * a ** 3 + 12 * a ** 2 - 20 * a + 32 / 3) / 6 : 0;
}
