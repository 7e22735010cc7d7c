/** What has to go of things that are kept, so that the rest takes at most `limitBytes`: what was used longest ago. */
export function surplus<T extends { readonly bytes: number; readonly usedAt: number }>(kept: readonly T[], limitBytes: number): T[] {
  let total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
  return [...kept].sort((a, b) => a.usedAt - b.usedAt).filter(({ bytes }) => {
    const goes = total > limitBytes;
    if (goes) total -= bytes;
    return goes;
  });
}
