import { expect, test } from 'vitest';
import { renderHtml } from '../../../reports/render/index.ts';
import { largeReport } from '../../support/large-report.ts';

const elements = (html: string): number => (html.match(/<[a-z]/g) ?? []).length;

test('1,000 measurements of models of 5,000 nodes: the page stays small, says what it leaves out, and is whole for few', () => {
  const report = largeReport({ measurements: 1000, nodes: 5000, samples: 12 });
  const html = renderHtml(report);
  const page = html.slice(html.indexOf('<main'), html.indexOf('</main>'));
  expect(html.length).toBeLessThan(4_000_000);
  expect(elements(html)).toBeLessThan(60_000);
  expect(page.includes('4800 more rows are left to the JSON file')).toBe(true);
  expect(page.includes('940 more measurements are in report.json')).toBe(true);
  expect(page.includes('slower variants are in the table only')).toBe(true);
  for (const device of new Set(report.latencies.map((latency) => latency.device))) expect(page.includes(`>${device} · cpu `), device).toBe(true);
  for (const { id } of report.variants) expect(page.includes(id), id).toBe(true);
  expect(/NaN|undefined<|Infinity</.exec(page)).toBe(null);
});

test('twice as many nodes and samples make no larger page', () => {
  const [small, large] = [largeReport({ measurements: 20, nodes: 1000, samples: 200 }), largeReport({ measurements: 20, nodes: 2000, samples: 400 })].map((report) => {
    const html = renderHtml(report);
    return html.slice(0, html.indexOf('id="report-data"'));
  }) as [string, string];
  expect(elements(large) / elements(small)).toBeLessThan(1.02);
  expect(large.length / small.length).toBeLessThan(1.1);
});

test('data that the page cannot carry is left to its file, and no button offers it', () => {
  const report = largeReport({ measurements: 2, nodes: 8000, samples: 5 });
  const html = renderHtml(report);
  const start = html.indexOf('id="report-data">') + 'id="report-data">'.length;
  expect(JSON.parse(html.slice(start, html.indexOf('</script>', start)))).toEqual({ schemaVersion: 1, run: report.run });
  expect(html.includes('the data is in report.json')).toBe(true);
});
