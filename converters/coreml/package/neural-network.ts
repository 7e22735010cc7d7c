import { LAYER_KINDS } from './kinds.ts';
import type { LayerMessage, NetworkMessage } from './messages.ts';

/** A model of the format before ML programs, summarised. */
export interface NetworkSummary {
  readonly layers: number;
  /** Number of layers by kind, most frequent first. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Bytes of the layers' parameters, weights included. */
  readonly parameterBytes: number;
  readonly preprocessing: readonly { readonly feature: string; readonly scale: number; readonly bias: readonly [red: number, green: number, blue: number] }[];
}

export function summariseNetwork({ layers, preprocessing }: NetworkMessage): NetworkSummary {
  const kinds = (layers ?? []).map((layer) => KINDS.find((kind) => Object.hasOwn(layer, kind)) ?? 'unknown');
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return {
    layers: kinds.length,
    kinds: Object.fromEntries([...counts].sort(([, a], [, b]) => b - a)),
    parameterBytes: (layers ?? []).reduce((sum, layer, i) => sum + sizeOf(layer, kinds[i] as string), 0),
    preprocessing: (preprocessing ?? []).flatMap(({ featureName, scaler }) =>
      scaler
        ? [{ feature: featureName ?? '', scale: scaler.channelScale ?? 1, bias: [scaler.redBias ?? 0, scaler.greenBias ?? 0, scaler.blueBias ?? 0] as const }]
        : [],
    ),
  };
}

const KINDS = Object.values(LAYER_KINDS);

function sizeOf(layer: LayerMessage, kind: string): number {
  return (layer as Readonly<Record<string, number>>)[kind] ?? 0;
}
