import type { AdapterStep, Layout } from '../../../converters/faces/index.ts';
import { Prng } from '../../../models/run/index.ts';
import type { Start } from './steps-model.ts';

export interface Chain {
  readonly start: Start;
  readonly steps: readonly AdapterStep[];
}

/** A chain of three to seven steps that fits its image: odd sizes, batches, negative and per-channel numbers among them. */
export function randomChain(seed: number): Chain {
  const prng = new Prng(seed);
  const pick = <T>(list: readonly T[]): T => list[prng.below(list.length)] as T;
  const start: Start = {
    dtype: pick(['float32', 'float32', 'uint8'] as const),
    layout: pick(['NCHW', 'NHWC'] as const),
    n: pick([1, 1, 2]),
    c: pick([1, 3, 4, 12]),
    h: pick([2, 6, 12]),
    w: pick([4, 6, 18]),
  };
  let { c, h, w } = start;
  let layout: Layout = start.layout;
  const steps: AdapterStep[] = start.dtype === 'uint8' ? [{ kind: 'cast', to: 'float32' }] : [];
  const value = (): number => Math.fround(pick([127.5, -0.25, 3, 1 / 255, 0.485, -7, 1e-3]) * (0.5 + prng.uniform()));
  const values = (): number[] => (prng.below(2) === 0 ? [value()] : Array.from({ length: c }, value));
  for (let left = 3 + prng.below(5); left > 0; left--) {
    const kind = pick(['unshuffle', 'shuffle', 'layout', 'gatherChannels', 'arithmetic', 'arithmetic', 'clip', 'round', 'half', 'repeat']);
    const block = pick([2, 3]);
    const order = pick(['CRD', 'DCR'] as const);
    if (kind === 'unshuffle' && h % block === 0 && w % block === 0 && c < 40) {
      steps.push({ kind, block, order });
      [c, h, w] = [c * block * block, h / block, w / block];
    } else if (kind === 'shuffle' && c % (block * block) === 0 && h < 40) {
      steps.push({ kind, block, order });
      [c, h, w] = [c / (block * block), h * block, w * block];
    } else if (kind === 'layout') {
      layout = layout === 'NCHW' ? 'NHWC' : 'NCHW';
      steps.push({ kind, to: layout });
    } else if (kind === 'gatherChannels') {
      const indices = Array.from({ length: 1 + prng.below(c + 1) }, () => prng.below(c));
      steps.push({ kind, indices });
      c = indices.length;
    } else if (kind === 'arithmetic') steps.push({ kind, op: pick(['multiply', 'divide', 'add', 'subtract'] as const), values: values() });
    else if (kind === 'clip') steps.push({ kind, min: pick([null, -1, 0]), max: pick([null, 1, 200]) });
    else if (kind === 'round') steps.push({ kind });
    else if (kind === 'half') steps.push({ kind: 'cast', to: 'float16' });
    else if (kind === 'repeat' && h < 20) {
      steps.push({ kind, factor: block });
      [h, w] = [h * block, w * block];
    }
  }
  if (prng.below(3) === 0) steps.push({ kind: 'clip', min: 0, max: 255 }, { kind: 'cast', to: 'uint8' });
  return { start, steps };
}
