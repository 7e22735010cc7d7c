import { availableParallelism } from 'node:os';
import type { OpenedIphone } from '../../device-harness/devices/iphone/open-iphones.ts';
import { BLOCK_PROFILES } from '../../device-harness/index.ts';
import { batchOf, phoneLab, reportsOf, witnessVariant } from '../device-harness/devices/iphone/phone-lab.ts';
import { markdownTable } from './markdown-table.ts';

/**
 * Virtual iPhones below the real XCUITest driver against one of them, each with the same batch of blocks by the default rules. A prediction takes 20 ms of
 * real time on each phone, scripted, so that what is compared is what dyno does around the runs; they are looked at as often as real ones. Called as:
 * npx tsx test/bench/iphone-parallel.ts [PHONES] [BLOCKS]
 */
const [count, blocks] = [Number(process.argv[2] ?? 8), Number(process.argv[3] ?? 8)];
const speed = { scripted: { 'model.0': { ane: 20 } }, passes: 1 };
const lab = await phoneLab(...Array.from({ length: count }, (_, i) => ({ name: `phone-${i + 1}`, speed })));
const variant = await witnessVariant('conv_depthwise', 'model');

try {
  const phones = await lab.open(undefined, { pollMs: 5000 });
  await Promise.all(phones.map(({ device }) => reportsOf(device, batchOf([variant], ['ane'], 1))));
  const one = await seconds(() => measure(phones.slice(0, 1)));
  const all = await seconds(() => measure(phones));
  console.log(`${availableParallelism()} cores, ${blocks} blocks on each phone\n`);
  console.log(markdownTable(['phones', 'seconds', 'against one'], [['1', one.toFixed(1), '1.00×'], [String(count), all.toFixed(1), `${(all / one).toFixed(2)}×`]]));
  for (const phone of phones) await phone.close();
} finally {
  await lab.close();
}

async function measure(phones: readonly OpenedIphone[]): Promise<void> {
  const { warmUp, timed } = BLOCK_PROFILES.default;
  const taken = await Promise.all(phones.map(({ device }) => reportsOf(device, { ...batchOf([variant], ['ane'], blocks), warmUp, timed })));
  const failed = taken.flat().find((report) => !report.ok);
  if (failed) throw new Error(JSON.stringify(failed));
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
