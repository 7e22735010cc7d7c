import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  githubAnnotations,
  githubSummary,
  renderCsv,
  renderHtml,
  renderJson,
  renderJunit,
  renderMarkdown,
  renderSarif,
} from '../../reports/render/index.ts';
import type { Report } from '../../reports/model/report.ts';

/** Every form of a report as a file. `directory` holds the pictures that it names. */
export function renderings(report: Report, directory: string): Readonly<Record<string, () => string>> {
  const picture = (path: string): Uint8Array | null => {
    const file = join(directory, path);
    return existsSync(file) ? readFileSync(file) : null;
  };
  return {
    html: () => renderHtml(report, picture),
    md: () => renderMarkdown(report),
    json: () => renderJson(report),
    junit: () => renderJunit(report),
    sarif: () => renderSarif(report),
    csv: () => renderCsv(report),
    github: () => githubAnnotations(report),
    summary: () => githubSummary(report),
  };
}

/** Names of the renderings that lie in every run directory. */
export const REPORT_FILES = {
  html: 'report.html',
  md: 'report.md',
  json: 'report.json',
  junit: 'junit.xml',
  sarif: 'report.sarif',
  csv: 'report.csv',
} as const;
