import { expect, test } from 'vitest';
import { resolveConfig } from '../../../cli/config/resolve.ts';
import { prepareSweep } from '../../../cli/sweep/run-sweep.ts';
import type { SweepFile } from '../../../cli/sweep/sweep-file.ts';
import { SweepTools } from '../../../cli/sweep/tools.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { cell, sweep } from './sweep.ts';

const folder = temporaryFolder();

const FILE: SweepFile = {
  name: 'times', models: { small: { zoo: 'quicksrnet-small' } },
  axes: { resolution: ['16x16', '16x24'], precision: ['fp32', 'fp16-storage'] },
  columns: ['latency', 'latency/android', 'speedup', 'memory', 'load', { column: 'latency/host/cpu:1', at: { precision: 'fp16-storage' }, title: 'side by side' }],
  bench: { on: ['host'], units: ['cpu:1'], profile: 'quick', rounds: [1, 1], wait: 0 },
};

test('variants of one size are timed side by side, and what is timed is not timed again', async () => {
  const { report, outcomes, prepared } = await sweep(FILE, folder('s'), { only: ['resolution=16x16'] });
  const [times, ...others] = prepared.plan.steps.filter(({ kind }) => kind === 'bench');
  expect([times?.needs.length, others.length, outcomes.get(times?.id as string)]).toEqual([2, 0, 'done']);

  // Columns beside one another for a value of an axis make one row of its variants.
  expect(report.rows.map(({ variants }) => variants)).toEqual([['small x2 16x16 fp32', 'small x2 16x16 fp16-storage']]);
  const at = (column: string) => cell(report, { resolution: '16x16' }, column);
  for (const column of ['latency/host/cpu:1', 'latency/host/cpu:1 [fp16-storage]', 'load/host/cpu:1']) {
    expect(at(column)).toMatchObject({ evidence: 'measured(host)', missing: null });
    expect(at(column).value).toBeGreaterThan(0);
  }
  expect(at('memory/host/cpu:1').value).toBeGreaterThan(1e6);
  expect(at('speedup/host/cpu:1')).toMatchObject({ value: null, missing: 'baseline' });
  expect(at('latency/android')).toMatchObject({ value: null, evidence: null, missing: 'not measured on android' });

  const again = await sweep(FILE, folder('s'), { only: ['resolution=16x16'] });
  expect(new Set(again.outcomes.values())).toEqual(new Set(['cached']));
  expect(again.report.rows).toEqual(report.rows);
});

test('each size is a benchmark of its own, and only what a column shows is timed', async () => {
  const stepsOf = async (file: SweepFile): Promise<(readonly string[])[]> => {
    const tools = new SweepTools({});
    const resolved = await resolveConfig({ cwd: folder('.'), env: {}, flags: {} });
    const { plan } = await prepareSweep({ file, filters: new Map(), limit: 10, resolved, tools });
    return plan.steps.filter(({ kind }) => kind === 'bench').map(({ needs }) => needs);
  };
  expect((await stepsOf(FILE)).map((needs) => needs.length)).toEqual([2, 2]);
  const shown: SweepFile = { ...FILE, columns: ['macs', { column: 'latency/host/cpu:1', at: { precision: 'fp16-storage' } }] };
  expect((await stepsOf(shown)).map((needs) => needs.map((id) => id.includes('fp16-storage')))).toEqual([[true], [true]]);
  const compared: SweepFile = { ...FILE, columns: ['macs', { column: 'speedup', at: { precision: 'fp16-storage' } }] };
  expect((await stepsOf(compared)).map((needs) => needs.length)).toEqual([2, 2]);
});
