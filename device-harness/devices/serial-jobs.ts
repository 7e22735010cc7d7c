import { BugError } from '../../models/contracts/errors.ts';
import { BatchJobs } from './batch-jobs.ts';
import type { Batch, BlockReport, BlockSpec, Variant } from './device.ts';

/** Batches one after the other, and their blocks in order, on a device that is at hand: submit, poll, collect. */
export class SerialJobs extends BatchJobs {
  constructor(device: string, runBlock: (batch: Batch, spec: BlockSpec, signal: AbortSignal) => Promise<BlockReport>) {
    super(device, async (batch, progress, signal) => {
      for (const spec of batch.blocks) {
        signal.throwIfAborted();
        progress.report(await runBlock(batch, spec, signal));
      }
    });
  }
}

/** The variant of a block. */
export function variantIn(batch: Batch, spec: BlockSpec): Variant {
  const variant = batch.variants.find(({ id }) => id === spec.variant);
  if (!variant) throw new BugError(`Block ${spec.order} asks for a variant "${spec.variant}" that its batch does not hold.`);
  return variant;
}
