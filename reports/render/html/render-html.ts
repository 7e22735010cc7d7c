import type { Report } from '../../model/report.ts';
import { htmlPage } from './page.ts';
import { blocksSection } from './sections/blocks.ts';
import { compiledSection } from './sections/compiled.ts';
import { devicesSection } from './sections/devices.ts';
import { environmentSection } from './sections/environment.ts';
import { findingsSection } from './sections/findings.ts';
import { gatesSection } from './sections/gates.ts';
import { latencySection } from './sections/latency.ts';
import { operationsSection } from './sections/operations.ts';
import { packagesSection } from './sections/packages.ts';
import { placementSection } from './sections/placement.ts';
import { qualitySection } from './sections/quality.ts';
import { rewritesSection } from './sections/rewrites.ts';
import { summary } from './sections/summary.ts';
import { tradeOffSection } from './sections/trade-off.ts';
import { viewOf } from './view.ts';

const SECTIONS = [
  gatesSection, compiledSection, placementSection, packagesSection, devicesSection, latencySection, operationsSection, findingsSection, rewritesSection, qualitySection, tradeOffSection, blocksSection, environmentSection,
];

/** Letters of data that a page may carry: more would make it slow to open, and the data lies beside it. */
const MOST_DATA = 4_000_000;

/**
 * The report as one self-contained page, the data as JSON in it unless it is very much. `picture` gives the bytes of a crop by its path in the report,
 * or null.
 */
export function renderHtml(report: Report, picture: (path: string) => Uint8Array | null = () => null): string {
  const view = viewOf(report, picture);
  const isWhole = JSON.stringify(report).length <= MOST_DATA;
  return htmlPage({
    title: report.run.title,
    dyno: report.environment.dyno,
    header: summary(view),
    sections: SECTIONS.flatMap((section) => section(view) ?? []),
    footer: [`Run ${report.run.id}, report format ${report.schemaVersion}`, !isWhole && '; the data is in report.json, too much for this page'],
    data: isWhole ? report : { schemaVersion: report.schemaVersion, run: report.run },
  });
}
