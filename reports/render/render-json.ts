import type { Report } from '../model/report.ts';

/** The report itself, indented so that two of them diff well. */
export function renderJson(report: Report): string {
  return `${JSON.stringify(report, null, 1)}\n`;
}
