/**
 * How often a gate of +5 % on latency is wrong, and how many interleaved pairs it takes: the schedule, the statistics and the gate of a run, over a
 * simulated device that scatters as `PHONE_NOISE` says (per inference, per launch, heavy tails, warming).
 *
 *     npx tsx test/bench/gate-simulation.ts [--trials 1000] [--rounds 5-12]
 */
import { parseArgs } from 'node:util';
import { PHONE_NOISE } from '../support/noisy-device.ts';
import { simulateGate } from '../support/simulate-gate.ts';
import { markdownTable } from './markdown-table.ts';

const { values } = parseArgs({ options: { trials: { type: 'string', default: '1000' }, rounds: { type: 'string', default: '5-12' } } });
const trials = Number(values.trials);
const [least = 5, most = 12] = values.rounds.split('-').map(Number);

const rows: string[][] = [];
for (const change of [0, 0.03, 0.05, 0.07, 0.1, 0.15]) {
  const counts = { failed: 0, ok: 0, inconclusive: 0 };
  let pairs = 0;
  for (let seed = 1; seed <= trials; seed++) {
    const trial = await simulateGate({ change, noise: PHONE_NOISE, rounds: [least, most], seed: seed * 7919 });
    counts[trial.status as keyof typeof counts]++;
    pairs += trial.pairs;
  }
  rows.push([change === 0 ? 'none' : `+${Math.round(100 * change)} %`, ...[counts.failed, counts.ok, counts.inconclusive].map(String), (pairs / trials).toFixed(1)]);
  process.stderr.write(`${rows.length} of 6\n`);
}
process.stdout.write(`${markdownTable(['true change', 'failed', 'passed', 'inconclusive', 'mean pairs'], rows)}\n\n${trials} trials a row, ${least} to ${most} pairs, gate +5 %, one-sided 95 %.\n`);
