import type { Batch, BlockReport, BlockSpec, Ticket, TicketStatus, Variant } from './device.ts';
import { SerialJobs, variantIn } from './serial-jobs.ts';

/** What devices at hand have in common: every block of a batch is looked at before the first is run, and they run one after the other. */
export abstract class SerialDevice {
  readonly #jobs: SerialJobs;

  constructor(name: string) {
    this.#jobs = new SerialJobs(name, (batch, spec, signal) => this.runBlock(batch, spec, signal));
  }

  /** Throws UserError for units that the device does not have. */
  abstract checkUnit(unit: string): void;

  protected abstract runBlock(batch: Batch, spec: BlockSpec, signal: AbortSignal): Promise<BlockReport>;

  /** Throws UserError for what the device does not run. */
  protected checkVariant(_variant: Variant): void {}

  async submit(batch: Batch, signal?: AbortSignal): Promise<Ticket> {
    for (const spec of batch.blocks) {
      this.checkUnit(spec.unit);
      this.checkVariant(variantIn(batch, spec));
    }
    return this.#jobs.submit(batch, signal);
  }

  poll(ticket: Ticket): Promise<TicketStatus> {
    return this.#jobs.poll(ticket);
  }

  async collect(ticket: Ticket): Promise<BlockReport[]> {
    return this.#jobs.collect(ticket);
  }

  close(): Promise<void> {
    return this.#jobs.close();
  }
}
