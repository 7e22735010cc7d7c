import { DynoError } from '../../models/contracts/errors.ts';
import type { Answer, Emit } from '../../models/contracts/events.ts';
import { DeviceStops, StoppedByHand } from './device-stops.ts';
import type { Steerable } from './run-control.ts';
import type { Omission, Step } from './step.ts';
import type { StepLedger } from './step-ledger.ts';

interface Running {
  readonly step: Step;
  readonly controller: AbortController;
  readonly stops: DeviceStops;
}

interface Question {
  readonly step: string;
  readonly choices: readonly Answer[];
  readonly resolve: (answer: Answer) => void;
}

/** Carries out what a person asks of a run, and says so in events. */
export class Steering implements Steerable {
  readonly #ledger: StepLedger;
  readonly #emit: Emit;
  readonly #signal: AbortSignal;
  #running: Running | null = null;
  #question: Question | null = null;

  constructor(ledger: StepLedger, emit: Emit, signal: AbortSignal) {
    this.#ledger = ledger;
    this.#emit = emit;
    this.#signal = signal;
  }

  /** Id of the step at work. */
  get running(): string | null {
    return this.#running?.step.id ?? null;
  }

  /** A step begins to work; its signal. */
  begin(step: Step): AbortSignal {
    const controller = new AbortController();
    this.#running = { step, controller, stops: new DeviceStops() };
    return AbortSignal.any([this.#signal, controller.signal]);
  }

  end(): void {
    this.#running = null;
  }

  /** Aborts when the device is taken out of the running step. */
  stopOf(device: string): AbortSignal {
    return (this.#running?.stops ?? new DeviceStops()).signalOf(device);
  }

  /** Marks a step as left out. `ms`: how long it had worked. */
  omit(step: Step, by: Omission['by'], reason: string, ms = 0): void {
    this.#ledger.omit(step, by, reason);
    if (!(by === 'user' && this.#running?.controller.signal.aborted)) this.#emit({ type: 'step-skipped', at: now(), id: step.id, by, reason });
    this.#emit({ type: 'step-finished', at: now(), id: step.id, outcome: 'skipped', summary: reason, ms });
  }

  /** Asks what to do about a failure. Rejects when the run is aborted meanwhile. */
  async ask({ id, essential }: Step, error: unknown): Promise<Answer> {
    const choices: Answer[] = essential ? ['retry', 'abort'] : ['retry', 'skip', 'abort'];
    const message = error instanceof Error ? error.message : String(error);
    const hint = error instanceof DynoError ? (error.nextSteps[0] ?? null) : null;
    try {
      const answer = await new Promise<Answer>((resolve, reject) => {
        this.#question = { step: id, choices, resolve };
        this.#signal.addEventListener('abort', () => reject(this.#signal.reason), { once: true });
        this.#emit({ type: 'question', at: now(), id, message, hint, choices });
      });
      if (answer === 'retry') this.#emit({ type: 'step-retried', at: now(), id, by: 'user', reason: message, again: [] });
      return answer;
    } finally {
      this.#question = null;
    }
  }

  answer(step: string, answer: Answer): boolean {
    const question = this.#question;
    if (question?.step !== step || !question.choices.includes(answer)) return false;
    question.resolve(answer);
    return true;
  }

  skip(id: string): boolean {
    const step = this.#ledger.step(id);
    if (!step || step.essential || !this.#ledger.isOpen(id)) return false;
    if (this.#question?.step === id) return this.answer(id, 'skip');
    if (this.#running?.step.id !== id) {
      this.omit(step, 'user', 'left out by hand');
      return true;
    }
    if (this.#running.controller.signal.aborted) return false;
    this.#emit({ type: 'step-skipped', at: now(), id, by: 'user', reason: 'left out by hand' });
    this.#running.controller.abort(new StoppedByHand());
    return true;
  }

  retry(id: string): boolean {
    if (this.#question?.step === id) return this.answer(id, 'retry');
    const omission = this.#ledger.omissions.find(({ step }) => step === id);
    if (omission?.by !== 'user') return false;
    if (this.#running && this.#ledger.dependents(id).includes(this.#running.step.id)) return false;
    this.#emit({ type: 'step-retried', at: now(), id, by: 'user', reason: omission.reason, again: this.#ledger.reopen(id) });
    return true;
  }

  stopDevice(device: string): boolean {
    const running = this.#running;
    return running?.stops.stop(device, () => this.#emit({ type: 'device-stopped', at: now(), id: running.step.id, device, by: 'user' })) ?? false;
  }
}

function now(): string {
  return new Date().toISOString();
}
