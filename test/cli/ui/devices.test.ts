import { expect, test } from 'vitest';
import { LineLog } from '../../../cli/ui/lines.ts';
import { EMPTY_STATE, reduce, type UiState } from '../../../cli/ui/reduce.ts';
import { type Line, lineWidth } from '../../../cli/ui/screen/line.ts';
import { liveLines } from '../../../cli/ui/screen/screen.ts';
import { chorusOf } from '../../../cli/work/device-chorus.ts';
import { createStyle } from '../../../cli/ui/style.ts';
import type { Block, DeviceRecord, DynoEvent } from '../../../models/contracts/index.ts';

const phones = ['virtual:SM8550', 'virtual:SM8650', 'android:R5CT1'].map((device): DeviceRecord => ({ device, label: `Phone ${device}`, system: null, chip: null, evidence: 'simulated', tools: {} }));
const block = (ms: number): Block => ({ samples: [ms], loadMs: 1, firstMs: 1, warmup: { runs: 1, stable: true }, startedAt: '2026-01-01T00:00:00Z', order: 0, thermal: 'status 0, skin 31 °C' });
const progress = (done: number, note: string): DynoEvent => ({ type: 'step-progress', at: '2026-01-01T00:00:00Z', id: 'bench', done, total: 10, note });

function played(devices: readonly DeviceRecord[]): DynoEvent[] {
  const events: DynoEvent[] = [{ type: 'step-started', at: '2026-01-01T00:00:00Z', id: 'bench' }];
  const chorus = chorusOf('bench', devices, (event) => events.push(event));
  devices.forEach(({ device }, i) => {
    const emit = chorus.emitFor(device);
    emit(progress(i + 1, `round 1: model on htp`));
    emit({ type: 'block', at: '2026-01-01T00:00:00Z', id: 'bench', device, variant: 'model', unit: 'htp', block: block(i + 1) });
  });
  return events;
}

const screenOf = (state: UiState, columns: number, rows: number): Line[] => liveLines(state, { columns, rows, now: Date.parse('2026-01-01T00:00:05Z'), frame: 0, stopping: false });
const text = (lines: readonly Line[]): string => lines.map((line) => line.map((span) => span.text).join('').trimEnd()).join('\n');

test('three phones stand side by side where there is room, above each other where there is none', () => {
  const state = played(phones).reduce(reduce, EMPTY_STATE);
  const wide = text(screenOf(state, 130, 30));
  expect(wide).toMatch(/virtual:SM8550 .*virtual:SM8650 .*android:R5CT1/);
  expect(wide).toMatch(/1\/10 .*2\/10 .*3\/10/);
  expect(wide).toMatch(/model .*1\.00 ms.* model .*2\.00 ms.* model .*3\.00 ms/);
  const narrow = text(screenOf(state, 70, 40));
  expect(narrow).not.toMatch(/virtual:SM8550 .*virtual:SM8650/);
  for (const { device } of phones) expect(narrow).toContain(device);
});

test.each([[200, 60], [100, 14], [80, 24], [60, 10], [40, 8], [24, 6]])('on %i × %i no line is wider and no frame as high as the terminal', (columns, rows) => {
  const events = [...played(phones)];
  const chorus = chorusOf('bench', phones, (event) => events.push(event));
  chorus.lost('virtual:SM8650', 'the phone 127.0.0.1:40000 is gone and did not come back within two minutes');
  const lines = screenOf(events.reduce(reduce, EMPTY_STATE), columns, rows);
  expect(lines.length).toBeLessThan(rows);
  for (const line of lines) expect(lineWidth(line)).toBeLessThanOrEqual(columns);
});

test('progress of all is the step’s; one device alone is told as before', () => {
  const several = played(phones).reduce(reduce, EMPTY_STATE);
  expect(several.steps[0]).toMatchObject({ done: 6, total: 30 });
  expect(several.devices.map(({ done, phase, health }) => [done, phase, health])).toEqual([1, 2, 3].map((done) => [done, 'measuring', 'status 0, skin 31 °C']));
  const alone = played(phones.slice(0, 1)).reduce(reduce, EMPTY_STATE);
  expect(alone.devices).toEqual([]);
  expect(alone.steps[0]).toMatchObject({ done: 1, total: 10, note: 'round 1: model on htp' });
});

test('a log says when devices begin, end and go away', () => {
  const log = new LineLog(createStyle(false));
  const events = [...played(phones.slice(0, 2))];
  const chorus = chorusOf('bench', phones.slice(0, 2), (event) => events.push(event));
  chorus.done('virtual:SM8550');
  chorus.lost('virtual:SM8650', 'the cable was pulled');
  const lines = events.flatMap((event) => log.lines(event)).join('\n');
  expect(lines.match(/virtual:SM8550 {2}measuring/g)).toHaveLength(1);
  expect(lines).toContain('virtual:SM8550  done');
  expect(lines).toContain('virtual:SM8650  lost  the cable was pulled');
});
