import { BugError, ExternalError } from '../../models/contracts/errors.ts';
import type { Batch, BlockReport, BlockSpec, Ticket, TicketStatus, Variant } from './device.ts';

interface Job {
  readonly batch: Batch;
  readonly reports: BlockReport[];
  readonly abort: AbortController;
  readonly work: Promise<void>;
}

/** Batches one after the other, and their blocks in order, on a device that is at hand: submit, poll, collect. */
export class SerialJobs {
  readonly #device: string;
  readonly #runBlock: (batch: Batch, spec: BlockSpec, signal: AbortSignal) => Promise<BlockReport>;
  readonly #jobs = new Map<string, Job>();
  #tail: Promise<void> = Promise.resolve();

  constructor(device: string, runBlock: (batch: Batch, spec: BlockSpec, signal: AbortSignal) => Promise<BlockReport>) {
    this.#device = device;
    this.#runBlock = runBlock;
  }

  submit(batch: Batch, signal?: AbortSignal): Ticket {
    const id = `${this.#device}-${this.#jobs.size + 1}`;
    const abort = new AbortController();
    const reports: BlockReport[] = [];
    const either = signal ? AbortSignal.any([signal, abort.signal]) : abort.signal;
    const work = this.#tail.then(() => this.#runAll(batch, reports, either));
    this.#tail = work.catch(() => undefined);
    this.#jobs.set(id, { batch, reports, abort, work });
    return { id };
  }

  async poll(ticket: Ticket): Promise<TicketStatus> {
    const { batch, reports, work } = this.#job(ticket);
    const soon = new Promise((resolve) => setTimeout(resolve, 0, 'running'));
    const ended = (await Promise.race([work.then(() => 'finished'), soon])) === 'finished';
    return { state: ended ? 'finished' : 'running', finished: reports.length, total: batch.blocks.length, note: null };
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

  async #runAll(batch: Batch, reports: BlockReport[], signal: AbortSignal): Promise<void> {
    for (const spec of batch.blocks) {
      signal.throwIfAborted();
      reports.push(await this.#runBlock(batch, spec, signal));
    }
  }
}

/** The variant of a block. */
export function variantIn(batch: Batch, spec: BlockSpec): Variant {
  const variant = batch.variants.find(({ id }) => id === spec.variant);
  if (!variant) throw new BugError(`Block ${spec.order} asks for a variant "${spec.variant}" that its batch does not hold.`);
  return variant;
}
