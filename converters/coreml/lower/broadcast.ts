import type { PlanDim } from '../plan.ts';

/** Shape of two tensors broadcast together; sizes must fit. */
export function broadcastShape(a: readonly PlanDim[], b: readonly PlanDim[]): PlanDim[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [x, y] = [a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1];
    return x === 1 ? y : x;
  });
}
