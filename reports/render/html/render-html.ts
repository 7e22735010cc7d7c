import { createHash } from 'node:crypto';
import type { Report } from '../../model/report.ts';
import { Markup, markup, scriptJson } from './markup.ts';
import { SCRIPT } from './script.ts';
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
import { STYLE } from './style.ts';
import { viewOf } from './view.ts';

const SECTIONS = [
  gatesSection, compiledSection, placementSection, packagesSection, devicesSection, latencySection, operationsSection, findingsSection, rewritesSection, qualitySection, tradeOffSection, blocksSection, environmentSection,
];

/** Letters of data that a page may carry: more would make it slow to open, and the data lies beside it. */
const MOST_DATA = 4_000_000;

/**
 * The report as one self-contained page: tables and SVG that stand without script, the data as JSON unless it is very much, a script that adds comparison and
 * sorting. Its content policy allows nothing from outside and no script or style but these, by hash. `picture` gives the bytes of a
 * crop by its path in the report, or null.
 */
export function renderHtml(report: Report, picture: (path: string) => Uint8Array | null = () => null): string {
  const view = viewOf(report, picture);
  const sections = SECTIONS.flatMap((section) => section(view) ?? []);
  const policy = [
    "default-src 'none'", 'img-src data:', `style-src '${sha256(STYLE)}'`, `script-src '${sha256(SCRIPT)}'`,
    "base-uri 'none'", "form-action 'none'",
  ].join('; ');
  const whole = scriptJson(report);
  const isWhole = whole.text.length <= MOST_DATA;
  const data = isWhole ? whole : scriptJson({ schemaVersion: report.schemaVersion, run: report.run });
  return `<!doctype html>\n${markup`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="npu-dyno ${report.environment.dyno}">
<title>${report.run.title} · npu-dyno</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
${summary(view)}
<nav aria-label="Sections"><ul>${sections.map(({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main>
${sections.map(({ id, title, body }) => markup`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${body}</section>
`)}</main>
<footer><span>Run ${report.run.id}, report format ${report.schemaVersion}${!isWhole && '; the data is in report.json, too much for this page'}</span></footer>
<script type="application/json" id="report-data">${data}</script>
<script>${new Markup(SCRIPT)}</script>
</body>
</html>`.text}\n`;
}

function sha256(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
