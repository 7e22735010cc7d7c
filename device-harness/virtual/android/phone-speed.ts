import type { QnnBackend } from '../../../converters/qnn/artifact.ts';
import { Prng } from '../../../models/run/prng.ts';
import type { PhoneState } from './phone-state.ts';

/** What the speed of one inference depends on. */
export interface Work {
  readonly backend: QnnBackend;
  /** Multiply-accumulates of one inference. */
  readonly macs: number;
  /** Bits of weights and activations: 8 and 16 are what HTP computes in. */
  readonly bits: 8 | 16 | 32;
  /** Bytes that inputs and outputs have. */
  readonly faceBytes: number;
  readonly hexagon: number;
  readonly perfProfile: string;
}

/** Times of one inference, in microseconds, each within the one before it: NetRun ⊇ QNN ⊇ RPC ⊇ QNN accelerator ⊇ accelerator. */
export interface InferenceTimes {
  readonly netRun: number;
  readonly qnn: number;
  readonly rpc: number;
  readonly qnnAccelerator: number;
  readonly accelerator: number;
}

/**
 * Times of a phone that does not exist: `simulated`, and of no use but to have something to measure. Rates are invented, in the order of what
 * is published for phones of these generations; so are noise, the slow first run and throttling. Scripted times take their place where the
 * phone has them. What the back end did before is not known to it: each process begins with a first run.
 */
export class SimulatedClock {
  readonly #work: Work;
  readonly #prng: Prng;
  #runs = 0;

  constructor(work: Work, { speed }: PhoneState) {
    this.#work = work;
    this.#prng = new Prng(speed?.seed ?? 1);
  }

  /** The next inference, on a phone in this state. */
  next(state: PhoneState): InferenceTimes {
    const run = this.#runs++;
    const scripted = state.speed?.scripted?.[this.#work.backend];
    if (scripted && scripted.length > 0) return scriptedTimes(scripted[run % scripted.length] as number, this.#work.backend);
    const first = run === 0 ? 1.7 : run === 1 ? 1.1 : 1;
    const disturbed = this.#prng.uniform() < 0.02 ? 1.08 : 1;
    const noise = Math.exp(0.008 * this.#prng.normal()) * disturbed;
    return spread(acceleratorMicroseconds(this.#work) * throttling(state) * first * noise + overhead(this.#work.backend) * noise, this.#work.backend, noise);
  }
}

/** Multiply-accumulates per microsecond of a v73 at full clock; other generations by the factor below. */
const HTP_RATES: Readonly<Record<Work['bits'], number>> = { 8: 4_000_000, 16: 1_300_000, 32: 1_300_000 };
const GENERATIONS: Readonly<Record<number, number>> = { 68: 0.4, 69: 0.6, 73: 1, 75: 1.25, 79: 1.6, 81: 2, 85: 2.3 };
const GPU_RATE = 350_000;
const CPU_RATE = 45_000;
/** Bytes of inputs and outputs that cross the bus in a microsecond. */
const BUS_RATE = 20_000;

const PROFILES: Readonly<Record<string, number>> = {
  burst: 1, sustained_high_performance: 1.06, high_performance: 1.06, balanced: 1.3, default: 1.3, system_settings: 1.3, low_balanced: 1.6, high_power_saver: 1.9, power_saver: 2.4,
  low_power_saver: 3, extreme_power_saver: 4.5,
};

function acceleratorMicroseconds({ backend, macs, bits, faceBytes, hexagon, perfProfile }: Work): number {
  const moved = faceBytes / BUS_RATE;
  if (backend === 'cpu') return 60 + macs / CPU_RATE + moved;
  if (backend === 'gpu') return 180 + macs / GPU_RATE + moved;
  return (70 + macs / (HTP_RATES[bits] * (GENERATIONS[hexagon] ?? 1)) + moved) * (PROFILES[perfProfile] ?? 1.3);
}

/** From 60 °C on the unit slows down, and more with each step of Android's thermal status. */
function throttling({ thermalStatus, temperatures }: PhoneState): number {
  return 1 + 0.15 * thermalStatus + 0.01 * Math.max(0, (temperatures['NPU'] ?? 0) - 60);
}

const HTP_OVERHEADS = { driver: 4, qnn: 26, rpc: 110, queue: 45 } as const;

function overhead(backend: QnnBackend): number {
  return backend === 'htp' ? HTP_OVERHEADS.driver + HTP_OVERHEADS.qnn + HTP_OVERHEADS.rpc + HTP_OVERHEADS.queue : HTP_OVERHEADS.driver;
}

/** Of a time that was given whole, what is not the accelerator's takes at most a third. */
function scriptedTimes(netRun: number, backend: QnnBackend): InferenceTimes {
  return spread(netRun, backend, Math.min(1, netRun / 3 / overhead(backend)));
}

/** Splits the time of a whole call; `factor` scales what is not the accelerator's. */
function spread(netRun: number, backend: QnnBackend, factor: number): InferenceTimes {
  const { driver, qnn, rpc, queue } = HTP_OVERHEADS;
  const own = netRun - driver * factor;
  if (backend !== 'htp') return { netRun, qnn: own, rpc: own, qnnAccelerator: own, accelerator: own };
  return { netRun, qnn: own, rpc: own - qnn * factor, qnnAccelerator: own - (qnn + rpc) * factor, accelerator: own - (qnn + rpc + queue) * factor };
}
