/** A value of an old-style property list, as Xcode's project files are written. */
export type PropertyValue = string | number | readonly PropertyValue[] | { readonly [key: string]: PropertyValue };

/** Text of a property list, keys in the order given. */
export function renderPropertyList(value: PropertyValue, indent = ''): string {
  const inner = `${indent}\t`;
  if (Array.isArray(value)) return `(\n${value.map((item) => `${inner}${renderPropertyList(item as PropertyValue, inner)},\n`).join('')}${indent})`;
  if (typeof value === 'object') {
    const entries = Object.entries(value as { readonly [key: string]: PropertyValue });
    return `{\n${entries.map(([key, item]) => `${inner}${word(key)} = ${renderPropertyList(item, inner)};\n`).join('')}${indent}}`;
  }
  return word(String(value));
}

/** Bare where only harmless characters are in it. */
function word(text: string): string {
  return /^[A-Za-z0-9_./]+$/.test(text) ? text : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
