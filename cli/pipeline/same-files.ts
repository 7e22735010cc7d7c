import type { ReportVariant } from '../../reports/model/report.ts';

/** Variants whose file another one before them has, byte for byte, by id: what is measured of that one holds for them. */
export function sameFiles(variants: readonly Pick<ReportVariant, 'id' | 'sha256'>[]): ReadonlyMap<string, string> {
  const firsts = new Map<string, string>();
  const same = new Map<string, string>();
  for (const { id, sha256 } of variants) {
    const first = firsts.get(sha256);
    if (first === undefined) firsts.set(sha256, id);
    else same.set(id, first);
  }
  return same;
}
