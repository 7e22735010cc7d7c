import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SweepFile } from '../../../cli/sweep/sweep-file.ts';
import type { SweepReport } from '../../../reports/sweep/sweep-schema.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { sweep } from './sweep.ts';

const folder = temporaryFolder();

const FILE: SweepFile = {
  name: 'killed', models: { small: { zoo: 'quicksrnet-small' }, m1: { zoo: 'quicksrnet-f32-m1' } }, axes: { precision: ['fp32', 'fp16-storage'], resolution: ['16x16', '540p'] },
  columns: ['parameters', 'macs', 'nodes', 'rank', 'size', 'deflated', 'sparsity', 'activations', 'moved'], bench: false,
};

test('a sweep that is killed goes on where it was and ends at the same table', async () => {
  writeFileSync(folder('table.json'), JSON.stringify(FILE));
  const whole = await sweep(FILE, folder('whole'));
  const steps = [...whole.outcomes.keys()];
  expect(await killed(7)).toBe('SIGKILL');
  expect(readdirSync(folder('killed/steps')).filter((name) => name.endsWith('.json'))).toHaveLength(6);

  const resumed = await sweep(FILE, folder('killed'));
  expect(steps.map((id) => resumed.outcomes.get(id))).toEqual(steps.map((_, i) => (i < 6 ? 'cached' : 'done')));
  expect(table(resumed.report)).toEqual(table(whole.report));
  expect(readdirSync(folder('killed/artifacts')).sort()).toEqual(readdirSync(folder('whole/artifacts')).sort());
});

test('what failed is tried again, what depends on something else is done again, the rest is taken over', async () => {
  const two: SweepFile = { ...FILE, models: { small: { zoo: 'quicksrnet-small' } }, axes: { resolution: '16x16', compress: ['none', 'heads:0.5'] } };
  const first = await sweep(two, folder('s'));
  expect(first.report.rows[1]?.cells['macs']?.missing).toMatch(/\S/);
  expect(first.report.rows[0]?.cells['macs']?.value).toBeGreaterThan(0);
  const again = await sweep(two, folder('s'));
  const outcome = (kind: string): string | undefined => [...again.outcomes].find(([id]) => id.startsWith(kind))?.[1];
  expect([outcome('source'), outcome('compress')]).toEqual(['cached', 'skipped']);
  const other = await sweep({ ...two, models: { small: { zoo: 'quicksrnet-small', seed: 2 } } }, folder('s'));
  expect(other.outcomes.get('source:small x2')).toBe('done');
  expect(other.report.variants[0]?.sha256).not.toBe(first.report.variants[0]?.sha256);
});

/** All that does not depend on when it was made. */
function table({ finishedAt: _, ...rest }: SweepReport): unknown {
  return rest;
}

/** The signal that ended a sweep in a process of its own. */
function killed(step: number): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'run-and-die.ts'), folder('table.json'), folder('killed'), String(step)], { stdio: ['ignore', 'ignore', 'inherit'] });
  return new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)));
}
