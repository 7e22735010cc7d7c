import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { DEFAULTS } from '../../../cli/config/defaults.ts';
import { DeviceStops, StoppedByHand } from '../../../cli/pipeline/device-stops.ts';
import { benchModels } from '../../../cli/work/bench-models.ts';
import type { ModelRef } from '../../../cli/work/model-refs.ts';
import type { DynoEvent } from '../../../models/contracts/index.ts';
import { fixture } from '../../support/paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'dyno-bench-stops-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the last device that is taken out leaves nothing to report, and is no failure of the device', async () => {
  const stops = new DeviceStops();
  const events: DynoEvent[] = [];
  const told: string[] = [];
  const emit = (event: DynoEvent): void => {
    events.push(event);
    if (event.type === 'step-progress') stops.stop('host', () => told.push('host'));
  };
  const { bench, phone, farms, convert } = DEFAULTS;
  const model = { id: 'm', path: fixture('exports/sesr_m3_op17.onnx') } as ModelRef;
  const work = benchModels({
    id: 'bench', models: [model], settings: { ...bench, on: ['host'], units: ['cpu:1'], profile: 'quick', wait: 0, size: 32 }, phone, farms, coreml: convert.coreml, seed: 1, folder, env: process.env, emit,
    signal: new AbortController().signal, stopOf: (device) => stops.signalOf(device),
  });
  await expect(work).rejects.toBeInstanceOf(StoppedByHand);
  expect(told).toEqual(['host']);
  expect(events.some(({ type }) => type === 'block')).toBe(false);
});

test('a device is taken out once, and only where it is one of them', () => {
  const stops = new DeviceStops();
  const signal = stops.signalOf('a');
  expect(stops.signalOf('a')).toBe(signal);
  const order: string[] = [];
  signal.addEventListener('abort', () => order.push('stopped'));
  expect([stops.stop('b', () => order.push('told b')), stops.stop('a', () => order.push('told')), stops.stop('a', () => order.push('told again'))]).toEqual([false, true, false]);
  expect(order).toEqual(['told', 'stopped']);
  expect(signal.reason).toBeInstanceOf(StoppedByHand);
});
