import type { Batch, BlockReport, Device, Ticket, TicketStatus } from '../../device-harness/index.ts';
import { Prng } from '../../models/run/prng.ts';

/** How a device scatters; standard deviations and shares, relative to the time itself. */
export interface Noise {
  /** Per inference, and how many of them are hit by something much longer. */
  readonly sample: number;
  readonly tailShare: number;
  /** Per launch of a block. */
  readonly block: number;
  /** How much slower the device gets over 24 blocks. */
  readonly warming: number;
}

/** What reference/cli-reports.md §4.2 assumes of a phone. */
export const PHONE_NOISE: Noise = { sample: 0.02, tailShare: 0.05, block: 0.025, warming: 0.08 };

const RUNS = 30;

/** A device whose variants take known times: `factors` by variant, on a millisecond. It needs no time itself. */
export function noisyDevice(factors: Readonly<Record<string, number>>, noise: Noise, seed: number): Device {
  const prng = new Prng(seed);
  let blocks = 0;
  let reports: BlockReport[] = [];
  const blockOf = (factor: number): number[] => {
    const level = factor * (1 + (noise.warming * blocks++) / 24) * Math.exp(noise.block * prng.normal());
    return Array.from({ length: RUNS }, () => level * Math.exp(noise.sample * prng.normal()) * (prng.uniform() < noise.tailShare ? 1.2 + 2 * prng.uniform() : 1));
  };
  return {
    selector: 'noisy', label: 'a simulation', capabilities: {
      units: ['npu'], evidence: 'simulated', blocksPerBatch: 1, pollMs: 0, shell: false, pushBytes: null, thermal: 'none', plan: false, outputs: false, peakMemory: false,
    },
    readiness: async () => ({ ready: true, thermal: null, reason: null }),
    submit: async (batch: Batch): Promise<Ticket> => {
      reports = batch.blocks.map((spec) => ({
        ok: true, spec, effectiveUnit: spec.unit, peakMemoryBytes: null, outputSha256: null, warnings: [],
        block: {
          samples: blockOf(factors[spec.variant] as number), loadMs: 1, firstMs: 1, warmup: { runs: 10, stable: true }, startedAt: new Date(0).toISOString(), order: spec.order, round: spec.round, thermal: null,
        },
      }));
      return { id: 'ticket' };
    },
    poll: async (): Promise<TicketStatus> => ({ state: 'finished', finished: reports.length, total: reports.length, note: null }),
    collect: async () => reports,
    close: async () => undefined,
  };
}
