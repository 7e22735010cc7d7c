/** A target as part of a file or variant name: `ane:A15` is `ane-a15`. */
export function targetSlug(label: string): string {
  return label
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
