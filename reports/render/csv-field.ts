import { oneLine } from './clean-text.ts';

/** One field of a CSV file (RFC 4180): quoted where it must be; a text that a spreadsheet would run as a formula gets an apostrophe in front. */
export function csvField(value: string | number | null | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = oneLine(value).replace(/^[=+\-@]/, "'$&");
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
