import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Share of all cores' time, 0…1, that others use while this process waits for `windowMs`. Null where the system counts no time. */
export async function idleLoad(windowMs: number, signal?: AbortSignal): Promise<number | null> {
  const before = totals();
  await sleep(windowMs, undefined, signal ? { signal } : {});
  const after = totals();
  const all = after.all - before.all;
  return all > 0 ? (after.busy - before.busy) / all : null;
}

function totals(): { all: number; busy: number } {
  const times = cpus().map((core) => core.times);
  const busy = times.reduce((sum, t) => sum + t.user + t.nice + t.sys + t.irq, 0);
  return { busy, all: busy + times.reduce((sum, t) => sum + t.idle, 0) };
}
