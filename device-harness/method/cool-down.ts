import { setTimeout as sleep } from 'node:timers/promises';
import type { Device, Readiness } from '../devices/device.ts';
import type { CoolDownLimits } from './plan.ts';

/**
 * The gate before each batch: waits until the device says that it is cool and idle. It waits no longer than the limits allow, and
 * then says so instead of holding the schedule up.
 */
export class CoolDown {
  readonly #device: Device;
  readonly #limits: CoolDownLimits;
  #left: number;

  constructor(device: Device, limits: CoolDownLimits) {
    this.#device = device;
    this.#limits = limits;
    this.#left = limits.totalMs;
  }

  /** The readiness with which the batch starts. */
  async pass(signal?: AbortSignal): Promise<Readiness> {
    const patience = Math.min(this.#limits.maxMs, this.#left);
    const start = performance.now();
    for (;;) {
      signal?.throwIfAborted();
      const readiness = await this.#device.readiness(signal);
      const waited = performance.now() - start;
      if (readiness.ready || waited >= patience) {
        if (!readiness.ready) this.#left = Math.max(0, this.#left - waited);
        return readiness;
      }
      await sleep(Math.min(this.#limits.pollMs, patience - waited), undefined, signal ? { signal } : {});
    }
  }
}
