import { existsSync, readFileSync } from 'node:fs';
import { CONTRACT_VERSION, type Phase, type Status, statusSchema, type Step } from '../../../runner/index.ts';
import { readState } from '../iphone-state.ts';
import { thermalOf } from './conditions.ts';
import { writeJson } from './write-json.ts';

/** What a launch begins with. */
export type Beginning = Pick<Status, 'batch' | 'launch' | 'done' | 'total' | 'failed' | 'waitedMs'>;

/** `status.json`: written before each phase, and again while nothing changes. */
export class StatusFile {
  readonly #path: string;
  readonly #phone: string;
  #status: Status;
  #heartbeat: NodeJS.Timeout | null = null;

  constructor(path: string, phone: string, beginning: Beginning) {
    this.#path = path;
    this.#phone = phone;
    this.#status = {
      schema: CONTRACT_VERSION, phase: 'starting', step: null, model: null, unit: null, attempt: 0, progress: 0, at: '', thermal: 'unknown', lowPowerMode: false, note: null, ...beginning,
    };
    this.#write();
  }

  get waitedMs(): number {
    return this.#status.waitedMs;
  }

  beat(seconds: number): void {
    this.#heartbeat = setInterval(() => this.#write(), seconds * 1000);
  }

  /** Stops the heartbeat, as a process does that hangs. */
  freeze(): void {
    if (this.#heartbeat) clearInterval(this.#heartbeat);
    this.#heartbeat = null;
  }

  phase(phase: Phase, at: { readonly step: Step; readonly attempt: number } | null): void {
    this.#status = { ...this.#status, phase, step: at?.step.id ?? null, model: at?.step.model ?? null, unit: at?.step.unit ?? null, attempt: at?.attempt ?? 0, progress: 0 };
    this.#write();
  }

  progress(runs: number): void {
    this.#status = { ...this.#status, progress: runs };
  }

  waited(ms: number): void {
    this.#status = { ...this.#status, waitedMs: this.#status.waitedMs + ms };
  }

  /** A step has a result. */
  count(failed: boolean): void {
    this.#status = { ...this.#status, done: this.#status.done + 1, failed: this.#status.failed + (failed ? 1 : 0) };
    this.phase('starting', null);
  }

  end(phase: 'relaunch' | 'stopped' | 'finished' | 'refused', note: string | null = null): void {
    this.freeze();
    this.#status = { ...this.#status, note };
    this.phase(phase, null);
  }

  #write(): void {
    const state = readState(this.#phone);
    this.#status = { ...this.#status, at: new Date().toISOString(), thermal: thermalOf(state), lowPowerMode: state.lowPowerMode };
    writeJson(this.#path, this.#status);
  }
}

/** The status that the launch before left; null where there is none. */
export function readStatus(path: string): Status | null {
  if (!existsSync(path)) return null;
  const read = statusSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  return read.success ? read.data : null;
}
