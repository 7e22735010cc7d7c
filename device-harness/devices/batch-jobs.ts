import { BugError, ExternalError } from '../../models/contracts/errors.ts';
import type { Batch, BlockReport, Ticket, TicketStatus } from './device.ts';

interface Job {
  readonly batch: Batch;
  readonly reports: BlockReport[];
  readonly abort: AbortController;
  readonly work: Promise<void>;
  note: string | null;
}

/** What the work on a batch tells while it goes on. */
export interface JobProgress {
  report(report: BlockReport): void;
  /** What is going on, for people. */
  note(text: string | null): void;
}

/** Batches one after the other on one device: submit, poll, collect. */
export class BatchJobs {
  readonly #device: string;
  readonly #run: (batch: Batch, progress: JobProgress, signal: AbortSignal) => Promise<void>;
  readonly #jobs = new Map<string, Job>();
  #tail: Promise<void> = Promise.resolve();

  /** `run` reports every block of a batch, and throws where the device cannot go on. */
  constructor(device: string, run: (batch: Batch, progress: JobProgress, signal: AbortSignal) => Promise<void>) {
    this.#device = device;
    this.#run = run;
  }

  submit(batch: Batch, signal?: AbortSignal): Ticket {
    const id = `${this.#device}-${this.#jobs.size + 1}`;
    const abort = new AbortController();
    const reports: BlockReport[] = [];
    const either = signal ? AbortSignal.any([signal, abort.signal]) : abort.signal;
    const progress: JobProgress = { report: (report) => void reports.push(report), note: (text) => { job.note = text; } };
    const work = this.#tail.then(() => this.#run(batch, progress, either));
    const job: Job = { batch, reports, abort, work, note: null };
    this.#tail = work.catch(() => undefined);
    this.#jobs.set(id, job);
    return { id };
  }

  async poll(ticket: Ticket): Promise<TicketStatus> {
    const { batch, reports, work, note } = this.#job(ticket);
    const soon = new Promise((resolve) => setTimeout(resolve, 0, 'running'));
    const ended = (await Promise.race([work.then(() => 'finished'), soon])) === 'finished';
    return { state: ended ? 'finished' : 'running', finished: reports.length, total: batch.blocks.length, note };
  }

  collect(ticket: Ticket): BlockReport[] {
    return [...this.#job(ticket).reports];
  }

  async close(): Promise<void> {
    for (const { abort } of this.#jobs.values()) abort.abort(new ExternalError('The device was closed.', this.#device, ''));
    await this.#tail;
  }

  #job(ticket: Ticket): Job {
    const job = this.#jobs.get(ticket.id);
    if (!job) throw new BugError(`The device ${this.#device} knows no ticket ${ticket.id}.`);
    return job;
  }
}
