import type { AdapterStep } from '../adapter-spec.ts';

type Arithmetic = Extract<AdapterStep, { kind: 'arithmetic' }>;

/** Steps without those that undo one another: layout changes there and back, scale and shift there and back, unshuffle and shuffle. */
export function simplifySteps(steps: readonly AdapterStep[]): AdapterStep[] {
  const kept: AdapterStep[] = [];
  for (const step of steps) {
    const last = kept.at(-1);
    if (last?.kind === 'cast' && step.kind === 'cast' && last.to === step.to) continue;
    if (last && isUndoneBy(last, step)) {
      kept.pop();
      continue;
    }
    kept.push(step);
    dropIdentityArithmetic(kept);
  }
  return kept;
}

/** Layouts alternate, so the second of two leads back. */
function isUndoneBy(a: AdapterStep, b: AdapterStep): boolean {
  if (a.kind === 'layout') return b.kind === 'layout';
  const pair = (a.kind === 'unshuffle' && b.kind === 'shuffle') || (a.kind === 'shuffle' && b.kind === 'unshuffle');
  return pair && a.block === b.block && a.order === b.order;
}

/** Takes arithmetic off the end that amounts to x·1 + 0, up to the rounding of its float32 numbers. */
function dropIdentityArithmetic(steps: AdapterStep[]): void {
  let [scale, shift]: [readonly number[], readonly number[]] = [[1], [0]];
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i] as AdapterStep;
    if (step.kind !== 'arithmetic') return;
    [scale, shift] = before(step, scale, shift);
    const size = Math.max(1, ...step.values.map(Math.abs));
    if (scale.every((s) => Math.abs(s - 1) < 1e-6) && shift.every((t) => Math.abs(t) < 1e-6 * size)) steps.length = i;
  }
}

/** scale · (step of x) + shift as a scale and shift of x. */
function before({ op, values }: Arithmetic, scale: readonly number[], shift: readonly number[]): [number[], number[]] {
  const count = Math.max(values.length, scale.length, shift.length);
  const at = (list: readonly number[], i: number): number => list[list.length === 1 ? 0 : i] as number;
  const every = (of: (i: number) => number): number[] => Array.from({ length: count }, (_, i) => of(i));
  switch (op) {
    case 'multiply':
      return [every((i) => at(scale, i) * at(values, i)), every((i) => at(shift, i))];
    case 'divide':
      return [every((i) => at(scale, i) / at(values, i)), every((i) => at(shift, i))];
    case 'add':
      return [every((i) => at(scale, i)), every((i) => at(shift, i) + at(scale, i) * at(values, i))];
    case 'subtract':
      return [every((i) => at(scale, i)), every((i) => at(shift, i) - at(scale, i) * at(values, i))];
  }
}
