import type { Scorer } from '../../models/contracts/index.ts';
import type { NamedLayer } from './layer-names.ts';
import type { LayerPrecisions } from './precisions.ts';

export interface LayerSensitivity {
  readonly layer: NamedLayer;
  /** Score lost when this layer alone is quantized, and all else is in float. */
  readonly alone: number;
  /** Score gained over the whole quantized model when this layer alone is in float. */
  readonly spared: number;
}

export interface Sensitivity {
  readonly float: number;
  readonly quantized: number;
  /** The layer that costs most first. */
  readonly layers: readonly LayerSensitivity[];
}

export interface SensitivityOptions {
  readonly layers: readonly NamedLayer[];
  /** Writes the model quantized but for these layers, and gives its path. */
  readonly build: (layers: LayerPrecisions) => Promise<string>;
  readonly floatPath: string;
  readonly scorer: Scorer;
  readonly progress?: (done: number, total: number, note: string) => void;
  readonly signal?: AbortSignal;
}

/** What each layer costs: scored alone in integers, and alone in float. Two models a layer. */
export async function sensitivity({ layers, build, floatPath, scorer, progress, signal }: SensitivityOptions): Promise<Sensitivity> {
  const score = async (path: string): Promise<number> => scorer.score(path, signal);
  const float = await score(floatPath);
  const quantized = await score(await build(new Map()));
  const costs: LayerSensitivity[] = [];
  for (const [done, layer] of layers.entries()) {
    signal?.throwIfAborted();
    progress?.(done, layers.length, layer.label);
    const others = layers.filter((other) => other !== layer).map(({ id }) => [id, 'float'] as const);
    const alone = float - (await score(await build(new Map(others))));
    const spared = (await score(await build(new Map([[layer.id, 'float']])))) - quantized;
    costs.push({ layer, alone, spared });
  }
  return { float, quantized, layers: costs.sort((a, b) => b.spared - a.spared) };
}
