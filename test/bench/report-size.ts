/**
 * What large reports cost: `npx tsx test/bench/report-size.ts [measurements nodes samples]…`, default 100 500 100, 1000 5000 100 and 1000 5000 1000.
 * Prints processor time of building and rendering, size and elements of the page, as a Markdown table.
 */
import { renderHtml, renderMarkdown } from '../../reports/render/index.ts';
import { largeReport } from '../support/large-report.ts';
import { markdownTable } from './markdown-table.ts';

const numbers = process.argv.slice(2).map(Number);
const sizes = numbers.length >= 3 ? Array.from({ length: Math.floor(numbers.length / 3) }, (_, i) => numbers.slice(3 * i, 3 * i + 3)) : [[100, 500, 100], [1000, 5000, 100], [1000, 5000, 1000]];

const rows = sizes.map(([measurements = 0, nodes = 0, samples = 0]) => {
  const report = timed(() => largeReport({ measurements, nodes, samples }));
  const html = timed(() => renderHtml(report.value));
  const markdown = timed(() => renderMarkdown(report.value));
  return [
    String(measurements), String(nodes), String(measurements * 6 * samples), report.seconds, html.seconds, `${(Buffer.byteLength(html.value) / 1e6).toFixed(2)} MB`,
    String((html.value.match(/<[a-z]/g) ?? []).length), markdown.seconds,
  ];
});
console.log(markdownTable(['measurements', 'nodes', 'samples', 'statistics', 'HTML', 'size', 'elements', 'Markdown'], rows));

function timed<T>(make: () => T): { value: T; seconds: string } {
  const start = process.cpuUsage();
  const value = make();
  const { user, system } = process.cpuUsage(start);
  return { value, seconds: `${((user + system) / 1e6).toFixed(1)} s` };
}
