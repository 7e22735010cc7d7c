import { describe, expect, test } from 'vitest';
import type { PackageRecord } from '../../../models/contracts/index.ts';
import { buildReport, parseReport } from '../../../reports/model/index.ts';
import { renderHtml, renderMarkdown, renderTerminal } from '../../../reports/render/index.ts';
import { displayWidth } from '../../../reports/render/terminal/width.ts';
import { HOSTILE, sample } from './hostile.ts';

const one: PackageRecord = {
  variant: 'ane-a15-fp32', target: 'ane:A15', file: 'artifacts/ane-a15-fp32-0123456789ab.mlpackage', bytes: 231_000, system: 'iOS 16', precision: 'fp16', weights: 'palette4',
  operations: [{ type: 'conv', count: 6 }, { type: 'relu', count: 5 }, { type: 'cast', count: 2 }, { type: 'add', count: 2 }, { type: 'pixel_shuffle', count: 1 }], islands: 2,
  tools: { coremltools: '9.0' }, verified: { output: 'output', db: 69.64, floor: 50, explained: true }, notes: ['a note of its own'],
};
const report = buildReport({ ...sample, reference: 'original-fp32', packages: [one, { ...one, variant: 'other', weights: null, verified: null }] });

describe('Core ML packages in a report', () => {
  test('the page, the comment and the terminal say system, size, agreement, storage and operations', () => {
    const html = renderHtml(report);
    const section = html.slice(html.indexOf('<section id="packages"'), html.indexOf('<section id="latency"'));
    for (const text of ['ane-a15-fp32', 'iOS 16', 'fp16, palette4', '231 kB', '69.6 dB', 'conv ×6, relu ×5, cast ×2, add ×2, …', 'pixel_shuffle', 'verified(host)', 'coremltools 9.0', 'a note of its own', '2 operations compute in float32']) expect(section).toContain(text);
    const markdown = renderMarkdown(report);
    for (const text of ['Core ML packages', '| ane-a15-fp32 | iOS 16 | fp16, palette4 | 231 kB | 69.6 dB |', '| other | iOS 16 | fp16 | 231 kB | – |']) expect(markdown).toContain(text);
    const lines = renderTerminal(report, { color: false, width: 70 }).split('\n');
    expect(lines.find((line) => line.includes('231 kB'))).toMatch(/ane-a15-fp32\s+iOS 16\s+231 kB\s+69\.6 dB/);
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(70);
  });

  test('the schema takes it, and reports of before, without', () => {
    expect(parseReport(JSON.stringify(report), 'report.json').packages).toEqual(report.packages);
    const { packages: _, ...old } = report;
    expect(renderHtml(parseReport(JSON.stringify(old), 'report.json'))).not.toContain('id="packages"');
  });

  test('hostile names stay text', () => {
    const spoilt = HOSTILE.map((text): PackageRecord => ({ ...one, variant: text, notes: [text], operations: [{ type: text, count: 1 }], file: text }));
    const page = renderHtml(buildReport({ ...sample, reference: 'original-fp32', packages: spoilt }));
    for (const text of ['<script>alert', '<img src=x', '<svg onload']) expect(page.slice(0, page.indexOf('id="report-data"'))).not.toContain(text);
  });
});
