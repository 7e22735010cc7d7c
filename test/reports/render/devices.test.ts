import { describe, expect, test } from 'vitest';
import type { DeviceRecord, Measurement, OperationProfile, OutputComparison, SustainedRecord } from '../../../models/contracts/index.ts';
import { buildReport, parseReport } from '../../../reports/model/index.ts';
import { renderCsv, renderHtml, renderMarkdown, renderTerminal } from '../../../reports/render/index.ts';
import { displayWidth } from '../../../reports/render/terminal/width.ts';
import { HOSTILE, sample } from './hostile.ts';

const phone: DeviceRecord = { device: 'virtual:SM8550', label: 'npu-dyno Virtual SM8550', system: 'Android 15', chip: 'SM8550', evidence: 'simulated', tools: { QAIRT: '2.51.0', link: 'adb 36.0.0' } };
const equal: OutputComparison = { evidence: 'verified(simulated)', against: 'emulator:SM8550', output: 'output', bitEqual: true, maxAbs: 0, db: null, explained: true };
const measurement: Measurement = {
  variant: 'original-fp32', device: phone.device, unit: 'htp', effectiveUnit: 'htp', evidence: 'simulated', modelSha256: '0'.repeat(64), inputShapes: { input: [1, 3, 64, 64] },
  blocks: [1.1, 1.2, 1.15].map((ms, i) => ({
    samples: [ms], loadMs: 20, firstMs: 3, warmup: { runs: 10, stable: true }, startedAt: `2026-11-21T10:00:0${i}.000Z`, order: i, round: i, thermal: 'status 0, skin 31 °C',
    summary: { runs: 50, meanMs: ms, minMs: ms - 0.1, maxMs: null }, acceleratorMs: ms - 0.3,
  })),
  warnings: [], peakMemoryBytes: null, settings: { perf: 'burst', governor: 'walt' },
  verified: [{ ...equal, against: 'host', bitEqual: false, db: 71.23, maxAbs: 0.001 }, equal],
};
const profile: OperationProfile = {
  variant: 'original-fp32', device: phone.device, unit: 'htp', evidence: 'simulated', level: 'detailed', cycles: 400_000,
  operations: [{ name: '_conv1:OpId_20', opType: 'Conv2d', node: '/conv1/Conv', cycles: 300_000 }, { name: '_relu:OpId_21', opType: 'ReluMinMax', node: '/relu/Relu', cycles: 0 }, { name: 'Input OpId_2', opType: null, node: null, cycles: 100_000 }],
};
const sustained: SustainedRecord = {
  variant: 'original-fp32', device: phone.device, unit: 'htp', evidence: 'simulated', framesPerSecond: 30, seconds: 10, frames: 300, missed: 4, samples: [1, 2, 3, 40], cpuSeconds: 0.7, energyJoules: null,
  health: [{ atSeconds: 5, text: 'status 1, skin 39 °C' }], warnings: [],
};
const report = buildReport({ ...sample, reference: 'original-fp32', devices: [phone], measurements: [measurement], operations: [profile], sustained: [sustained] });

describe('phones in a report', () => {
  test('the page says what was measured on, that it is simulated, how it was told to work, and whether outputs are right', () => {
    const html = renderHtml(report);
    const section = html.slice(html.indexOf('<section id="devices"'), html.indexOf('<section id="latency"'));
    for (const text of ['virtual:SM8550', 'SM8550, Android 15, QAIRT 2.51.0, link adb 36.0.0', 'simulated', 'say nothing about a phone', 'verified(simulated)', '71.2 dB', 'emulator:SM8550', 'equal', 'perf', 'burst', 'walt']) expect(section).toContain(text);
    expect(html.slice(html.indexOf('<section id="latency"'), html.indexOf('<section id="operations"'))).toContain('3 × mean of 50');
  });

  test('operations stand by their nodes, the dearest first, with their share of the sum', () => {
    const html = renderHtml(report);
    const section = html.slice(html.indexOf('<section id="operations"'), html.indexOf('<section id="findings"'));
    expect(section.indexOf('/conv1/Conv')).toBeLessThan(section.indexOf('Input OpId_2'));
    for (const text of ['75.0 %', '25.0 %', 'cycles an inference, detailed profile', '4 of 300', 'status 1, skin 39 °C']) expect(section).toContain(text);
  });

  test('comment, terminal and raw numbers have them too', () => {
    const markdown = renderMarkdown(report);
    for (const text of ['virtual:SM8550', 'host 71.2 dB, emulator:SM8550 equal', '/conv1/Conv', '4 of 300']) expect(markdown).toContain(text);
    const lines = renderTerminal(report, { color: false, width: 80 }).split('\n');
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(80);
    expect(lines.join('\n')).toMatch(/Operations of original-fp32 on virtual:SM8550/);
    const csv = renderCsv(report).split('\r\n');
    expect(csv.filter((line) => line.startsWith('operation,'))).toHaveLength(3);
    expect(csv.filter((line) => line.startsWith('frame,')).map((line) => line.split(',').at(-3))).toEqual(['1', '2', '3', '40']);
  });

  test('an output that rounding does not explain is marked as wrong', () => {
    const wrong = buildReport({ ...sample, reference: 'original-fp32', devices: [phone], measurements: [{ ...measurement, verified: [{ ...equal, bitEqual: false, db: 12, explained: false }] }] });
    expect(renderHtml(wrong)).toContain('<span class="worse">12.0 dB at output, more than rounding explains</span>');
    expect(renderTerminal(wrong, { color: false, width: 120 })).toContain('12.0 dB at output, more than rounding explains');
  });

  test('the schema takes it, and reports of before, without', () => {
    const read = parseReport(JSON.stringify(report), 'report.json');
    expect([read.devices, read.measurements, read.operations, read.sustained]).toEqual([[phone], [measurement], [profile], [sustained]]);
    const { devices: _d, operations: _o, sustained: _s, ...old } = buildReport({ ...sample, reference: 'original-fp32' });
    const page = renderHtml(parseReport(JSON.stringify(old), 'report.json'));
    for (const id of ['devices', 'operations']) expect(page).not.toContain(`id="${id}"`);
  });

  test('hostile names stay text', () => {
    const spoilt = HOSTILE.map((text): DeviceRecord => ({ ...phone, device: text, label: text, system: text, tools: { [text]: text } }));
    const rows = HOSTILE.map((text): OperationProfile => ({ ...profile, device: text, operations: [{ name: text, node: text, opType: text, cycles: 1 }] }));
    const page = renderHtml(buildReport({ ...sample, reference: 'original-fp32', devices: spoilt, measurements: [{ ...measurement, verified: HOSTILE.map((text) => ({ ...equal, against: text, output: text, bitEqual: false, db: 1, explained: false })) }], operations: rows }));
    for (const text of ['<script>alert', '<img src=x', '<svg onload']) expect(page.slice(0, page.indexOf('id="report-data"'))).not.toContain(text);
  });
});
