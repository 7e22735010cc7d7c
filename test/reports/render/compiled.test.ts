import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CompiledRecord, QualityRecord } from '../../../models/contracts/index.ts';
import { buildReport, type Report } from '../../../reports/model/index.ts';
import { renderHtml, renderTerminal } from '../../../reports/render/index.ts';
import { displayWidth } from '../../../reports/render/terminal/width.ts';
import { fixture } from '../../support/paths.ts';
import { HOSTILE, sample } from './hostile.ts';

const compiled = JSON.parse(readFileSync(fixture('report/compiled.json'), 'utf8')) as CompiledRecord[];
const scores = sample.quality.filter(({ variant, protocol }) => compiled.some((record) => record.variant === variant) && protocol === 'psnr:y:crop2:matlab')
  .map((record): QualityRecord => ({ ...record, executor: 'emulator:SM8550', evidence: 'emulated', mean: record.mean - 0.25 }));
const report: Report = buildReport({ ...sample, reference: 'original-fp32', compiled, quality: [...sample.quality, ...scores] });
const hostRow = sample.quality.find(({ variant, protocol }) => variant === 'original-fp32' && protocol === 'psnr:y:crop2:matlab');

describe('the page', () => {
  const html = renderHtml(report);
  const section = html.slice(html.indexOf('<section id="compiled"'), html.indexOf('<section id="latency"'));

  test('has a part for what was compiled: chips, placement, bytes, limits, emulated beside computed quality', () => {
    for (const text of ['htp:SM8550', 'Hexagon v73', 'htp:SM8750', 'one graph', '1 graph, 3 nodes on the CPU', '602 kB read', '786 kB written', '1.16×', '2.99× uint8', '467 kB', '73.4 dB'])
      expect(section).toContain(text);
    expect(section).toContain(`${((hostRow?.mean ?? 0) - 0.25).toFixed(2)} dB`);
    expect(section).toContain(`ORT ${hostRow?.mean.toFixed(2)} dB`);
    expect(section).toContain('A tensor has incorrect Rank 6.');
    expect(section).toContain('QAIRT v2.51');
  });

  test('every node stands in a strip where the compiler put it, before and after; traffic against the model as it came', () => {
    for (const { unitNodes, onCpu, placement } of compiled) {
      const at = (place: string): number => (placement?.operations ?? []).filter((operation) => operation.place === place).length;
      expect([at('htp'), at('cpu')]).toEqual([unitNodes, onCpu.length]);
    }
    const strips = html.slice(html.indexOf('<section id="placement"'), html.indexOf('<section id="latency"'));
    expect([...strips.matchAll(/<h3>([^ ]+) <span class="evidence">compiled/g)].map(([, target]) => target)).toEqual(['htp:SM8550', 'htp:SM8750']);
    expect([...strips.matchAll(/class="at cpu"/g)].length).toBe(6);
    expect(strips).toMatch(/<title>[^<]+\(Conv\): HTP, [^<]+ multiply-accumulates, [\d.]+ %<\/title>/);
    const [base, after] = compiled.map(({ traffic }) => (traffic ? traffic.readBytes + traffic.writeBytes : 0)) as [number, number];
    const change = (100 * (after / base - 1)).toFixed(1).replace('-', '−');
    expect(section).toContain(`${change} % against original-fp32`);
  });

  test('no time of the emulator is shown', () => expect(section).not.toMatch(/\d ?(ms|s)\b/));

  test('bars are as long as the bytes, and their limits lie where they belong', () => {
    const [row] = section.split('<g class="v').slice(1);
    const widths = [...(row ?? '').matchAll(/<rect class="(read|written)" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g)].map((m) => Number(m[3]));
    const least = [...(row ?? '').matchAll(/<line class="least(?: bytes)?" x1="([\d.]+)"/g)].map((m) => Number(m[1]));
    const { traffic, least: bound } = compiled[0] as CompiledRecord;
    const perByte = (widths[0] as number) / (traffic?.readBytes as number);
    expect((widths[1] as number) / (traffic?.writeBytes as number)).toBeCloseTo(perByte, 6);
    expect((least[0] as number) - (least[1] as number)).toBeCloseTo(perByte * ((bound?.ownFace as number) - (bound?.uint8Face as number)), 0);
  });

  test('names and reasons that are hostile stay text', () => {
    const spoilt = compiled.map((record, i) => ({ ...record, variant: HOSTILE[i] as string, failure: HOSTILE[i + 4] as string, note: HOSTILE[i + 8] as string }));
    const page = renderHtml(buildReport({ ...sample, reference: 'original-fp32', compiled: spoilt }));
    for (const text of ['<script>alert', '<img src=x', '<svg onload']) expect(page.slice(0, page.indexOf('id="report-data"'))).not.toContain(text);
  });

  test('a report of before, without compiled figures, renders as it did', () => {
    const { compiled: _, ...old } = report;
    expect(renderHtml(old)).not.toContain('id="compiled"');
  });
});

test.each([40, 80, 100, 140])('in a terminal of %i columns every line fits, and emulated scores stand once', (width) => {
  const text = renderTerminal(report, { color: false, width });
  for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(width);
  expect(text).toContain('Compiled for htp:SM8550');
  expect(text).not.toContain('SM8550, emulated');
});

test('emulated scores of a chip that nothing was compiled for stand with the others', () => {
  const text = renderTerminal({ ...report, compiled: [] }, { color: false, width: 140 });
  expect(text).toContain('SM8550, emulated');
});
