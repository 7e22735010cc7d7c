import type { Scorer } from '../../models/contracts/index.ts';
import type { NamedLayer } from './layer-names.ts';
import type { LayerPrecisions } from './precisions.ts';

export interface MixedStep {
  readonly layer: NamedLayer;
  /** Score gained by this layer's 16 bits alone, over all in 8. */
  readonly gain: number;
  /** Loss against the float model with this layer and all before it in 16 bits. */
  readonly loss: number;
}

export interface MixedPrecision {
  readonly layers: LayerPrecisions;
  readonly steps: readonly MixedStep[];
  /** Loss with every activation in 8 bits, and of the result. */
  readonly before: number;
  readonly after: number;
  readonly holds: boolean;
}

export interface MixedOptions {
  readonly layers: readonly NamedLayer[];
  /** Writes the model with these layers wide, and gives its path. */
  readonly build: (layers: LayerPrecisions) => Promise<string>;
  readonly floatPath: string;
  readonly scorer: Scorer;
  /** Largest loss of score against the float model. */
  readonly budget: number;
  readonly progress?: (done: number, total: number, note: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Gives layers activations of 16 bits until the loss is within a budget: those of most gain per activation first, as measured one by one. Nothing is
 * widened where 8 bits are enough; `holds` is false where even all of them wide lose more.
 */
export async function mixedPrecision({ layers, build, floatPath, scorer, budget, progress, signal }: MixedOptions): Promise<MixedPrecision> {
  const float = await scorer.score(floatPath, signal);
  const lossOf = async (wide: readonly NamedLayer[]): Promise<number> => float - (await scorer.score(await build(wideLayers(wide)), signal));
  const before = await lossOf([]);
  if (before <= budget) return { layers: new Map(), steps: [], before, after: before, holds: true };
  const gains: { readonly layer: NamedLayer; readonly gain: number }[] = [];
  for (const [done, layer] of layers.entries()) {
    signal?.throwIfAborted();
    progress?.(done, layers.length, `${layer.label} in 16 bits`);
    gains.push({ layer, gain: before - (await lossOf([layer])) });
  }
  const costOf = ({ activations }: NamedLayer): number => activations ?? 1;
  gains.sort((a, b) => b.gain / costOf(b.layer) - a.gain / costOf(a.layer));
  const steps: MixedStep[] = [];
  let after = before;
  for (const { layer, gain } of gains) {
    if (after <= budget) break;
    progress?.(steps.length, layers.length, `${steps.length + 1} layers in 16 bits`);
    after = await lossOf([...steps.map((step) => step.layer), layer]);
    steps.push({ layer, gain, loss: after });
  }
  return { layers: wideLayers(steps.map(({ layer }) => layer)), steps, before, after, holds: after <= budget };
}

function wideLayers(layers: readonly NamedLayer[]): LayerPrecisions {
  return new Map(layers.map(({ id }) => [id, 'wide']));
}
