import { setTimeout as sleep } from 'node:timers/promises';
import { Prng, seedOf } from '../../../../models/run/prng.ts';
import type { Processor, Thermal, Unit } from '../../../runner/index.ts';
import type { SpeedModel } from './start.ts';

/** Multiply-accumulates in a millisecond, by processor, and what a prediction costs besides. Plausible for nobody's phone in particular. */
const MACS_PER_MS: Readonly<Record<Processor, number>> = { cpu: 5e7, gpu: 4e8, ane: 2e9 };
const CALL_MS: Readonly<Record<Processor, number>> = { cpu: 0.05, gpu: 0.5, ane: 0.2 };
const SLOWER: Readonly<Record<Thermal, number>> = { nominal: 1, fair: 1.05, serious: 1.6, critical: 2.5, unknown: 1 };
const SPREAD = 0.01;

/** Work of a model by the processor that its plan puts it on. */
export type Work = Readonly<Record<Processor, number>>;

/** The times that one step of a virtual phone reports: the same for the same step, and a little spread. */
export class Speed {
  readonly #model: SpeedModel;
  readonly #msEach: number;
  readonly #random: Prng;
  #owed = 0;

  constructor(model: SpeedModel | null, { id, unit, work, seed }: { readonly id: string; readonly unit: Unit; readonly work: Work; readonly seed: string }) {
    this.#model = model ?? { passes: 0 };
    this.#msEach = this.#model.scripted?.[id]?.[unit] ?? predicted(work);
    this.#random = new Prng(seedOf(seed));
  }

  /** Milliseconds of one prediction. */
  async predict(thermal: Thermal): Promise<number> {
    const ms = this.#msEach * SLOWER[thermal] * (1 + SPREAD * Math.abs(this.#random.normal()));
    await this.pass(ms);
    return ms;
  }

  /** Lets the share of a time pass here that is to pass; short ones are gathered. */
  async pass(ms: number): Promise<void> {
    this.#owed += ms * this.#model.passes;
    if (this.#owed < 5) return;
    const due = this.#owed;
    this.#owed = 0;
    await sleep(due);
  }
}

function predicted(work: Work): number {
  return (Object.keys(work) as Processor[]).reduce((sum, processor) => sum + (work[processor] > 0 ? CALL_MS[processor] + work[processor] / MACS_PER_MS[processor] : 0), 0.05);
}
