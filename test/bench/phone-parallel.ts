import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenedPhone } from '../../device-harness/devices/snapdragon/open-phones.ts';
import { BLOCK_PROFILES } from '../../device-harness/index.ts';
import { PhoneBench, takeBlocks, toyVariant } from '../device-harness/devices/snapdragon/phone-bench.ts';
import { scriptedSdk } from '../device-harness/devices/snapdragon/scripted-sdk.ts';
import { markdownTable } from './markdown-table.ts';

/**
 * Eight virtual phones against one, each with the same blocks by the default rules. An inference takes 2 ms of real time on each phone, scripted, so that
 * what is compared is what dyno does around the runs. Called as: npx tsx test/bench/phone-parallel.ts [PHONES] [BLOCKS]
 */
const [count, blocks] = [Number(process.argv[2] ?? 8), Number(process.argv[3] ?? 3)];
const folder = mkdtempSync(join(tmpdir(), 'dyno-parallel-'));
const bench = await PhoneBench.start(folder);
const sdk = scriptedSdk(join(folder, 'sdk'));
sdk.fault('paced 2000');
const variant = toyVariant(join(folder, 'models'));
const units = Array.from({ length: blocks }, () => 'htp');

try {
  const phones: OpenedPhone[] = [];
  for (let i = 0; i < count; i++) phones.push(await bench.open(await bench.attach(), sdk.sdk.root, { folder: join(folder, `work-${i}`), allowanceMs: 120_000 }));
  for (const { device } of phones) await takeBlocks(device, variant, ['htp'], { timed: BLOCK_PROFILES.quick.timed });
  const one = await seconds(() => measure(phones.slice(0, 1)));
  const all = await seconds(() => measure(phones));
  console.log(`${availableParallelism()} cores, ${blocks} blocks on each phone\n`);
  console.log(markdownTable(['phones', 'seconds', 'against one'], [['1', one.toFixed(1), '1.00×'], [String(count), all.toFixed(1), `${(all / one).toFixed(2)}×`]]));
  for (const phone of phones) await phone.close();
} finally {
  await bench.close();
  rmSync(folder, { recursive: true, force: true });
}

async function measure(phones: readonly OpenedPhone[]): Promise<void> {
  const { warmUp, timed } = BLOCK_PROFILES.default;
  const taken = await Promise.all(phones.map(({ device }) => takeBlocks(device, variant, units, { warmUp, timed })));
  const failed = taken.flat().find((report) => !report.ok);
  if (failed) throw new Error(JSON.stringify(failed));
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
