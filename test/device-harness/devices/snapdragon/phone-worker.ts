import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { openPhones } from '../../../../device-harness/devices/snapdragon/open-phones.ts';
import type { FinishedBlock, Variant } from '../../../../device-harness/index.ts';
import { RULES, toyVariant } from './phone-bench.ts';

/** What the process that is killed is told, in `DYNO_PHONE_WORK`. */
export interface PhoneWork {
  readonly serial: string;
  readonly sdk: string;
  readonly folder: string;
  readonly link: 'adb' | 'appium';
  /** One line for each finished block, as a run writes them down. */
  readonly results: string;
  readonly blocks: number;
}

/** A run that can be killed at any moment: blocks that were written down are not taken again. */
const work = JSON.parse(process.env['DYNO_PHONE_WORK'] as string) as PhoneWork;
const lines = existsSync(work.results) ? readFileSync(work.results, 'utf8').split('\n') : [];
const done = new Set(lines.flatMap((line) => (line.endsWith('}') ? [(JSON.parse(line) as { order: number }).order] : [])));
const variant: Variant = toyVariant(`${work.folder}/models-${process.pid}`);
const [phone] = await openPhones([{ kind: 'android', id: work.serial }], {
  environment: process.env, sdk: work.sdk, chip: null, link: work.link, perf: 'burst', folder: `${work.folder}/work`, patienceMs: 30_000, allowanceMs: 20_000,
});
if (!phone) throw new Error('no phone');
for (let order = 0; order < work.blocks; order++) {
  if (done.has(order)) continue;
  const unit = ['htp', 'gpu', 'cpu'][order % 3] as string;
  const ticket = await phone.device.submit({ variants: [variant], blocks: [{ variant: variant.id, unit, round: order, order }], ...RULES, keepOutputs: false });
  while ((await phone.device.poll(ticket)).state !== 'finished') await new Promise((resolve) => setTimeout(resolve, 20));
  const [report] = await phone.device.collect(ticket);
  if (!report?.ok) throw new Error(JSON.stringify(report));
  const { block, effectiveUnit } = report as FinishedBlock;
  appendFileSync(work.results, `\n${JSON.stringify({ order, effectiveUnit, samples: block.samples.length })}`);
}
await phone.close();
