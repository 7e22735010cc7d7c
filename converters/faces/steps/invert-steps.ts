import type { AdapterStep, ArithmeticOp, Layout } from '../adapter-spec.ts';

const INVERSE: Readonly<Record<ArithmeticOp, ArithmeticOp>> = { multiply: 'divide', divide: 'multiply', add: 'subtract', subtract: 'add' };

/**
 * Steps that lead back, as far as there is a way: what was rounded or clipped stays so. `from`: the layout in which the steps begin. Null
 * where they drop or repeat channels or pixels.
 */
export function invertSteps(steps: readonly AdapterStep[], from: Layout): AdapterStep[] | null {
  const back: AdapterStep[] = [];
  let layout = from;
  for (const step of steps) {
    const inverse = invert(step, layout);
    if (inverse === null) return null;
    back.unshift(...inverse);
    if (step.kind === 'layout') layout = step.to;
  }
  return back;
}

function invert(step: AdapterStep, layout: Layout): AdapterStep[] | null {
  switch (step.kind) {
    case 'unshuffle':
      return [{ ...step, kind: 'shuffle' }];
    case 'shuffle':
      return [{ ...step, kind: 'unshuffle' }];
    case 'layout':
      return [{ kind: 'layout', to: layout }];
    case 'arithmetic':
      return step.op === 'multiply' && step.values.includes(0) ? null : [{ ...step, op: INVERSE[step.op] }];
    case 'gatherChannels':
      return invertGather(step.indices);
    case 'repeat':
      return null;
    case 'clip':
    case 'round':
    case 'cast':
      return [];
  }
}

function invertGather(indices: readonly number[]): AdapterStep[] | null {
  const isPermutation = new Set(indices).size === indices.length && indices.every((index) => index < indices.length);
  return isPermutation ? [{ kind: 'gatherChannels', indices: indices.map((_, i) => indices.indexOf(i)) }] : null;
}
