import { tapCount, tapIndex } from '../taps.ts';
import type { Layer } from './chain.ts';
import type { CarryMode } from './mode.ts';

/** A layer with carried channels: `[O', I', ...kernel]` and bias `[O']`. */
export interface WideLayer {
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  readonly outChannels: number;
  readonly inChannels: number;
}

/** What is carried: source channels, each once, in `signs.length` copies (+1, or +1 and −1). */
export interface Cargo {
  readonly channels: readonly number[];
  readonly signs: readonly (1 | -1)[];
  readonly mode: CarryMode;
  /** Source channel that each output channel of the last layer adds. */
  readonly map: readonly number[];
}

/** The carried channels are appended; they pass by an identity tap at the layer's centre. `position` says which end of the chain this is. */
export function widen(layer: Layer, cargo: Cargo, position: { readonly first: boolean; readonly last: boolean }): WideLayer {
  const { conv } = layer;
  const extra = cargo.channels.length * cargo.signs.length;
  const inChannels = conv.inChannels + (position.first ? 0 : extra);
  const outChannels = conv.outChannels + (position.last ? 0 : extra);
  const taps = tapCount(conv.kernel);
  const center = tapIndex(layer.center, conv.kernel);
  const weights = new Float64Array(outChannels * inChannels * taps);
  const original = conv.weights();
  for (let o = 0; o < conv.outChannels; o++) {
    weights.set(original.subarray(o * conv.inChannels * taps, (o + 1) * conv.inChannels * taps), o * inChannels * taps);
  }
  const bias = new Float64Array(outChannels);
  bias.set(conv.biases() ?? []);
  const add = (o: number, i: number, value: number): void => {
    const at = (o * inChannels + i) * taps + center;
    weights[at] = (weights[at] as number) + value;
  };
  const offset = cargo.mode.kind === 'shifted' ? cargo.mode.offset : 0;
  const slots = cargo.signs.flatMap((sign) => cargo.channels.map((channel) => ({ sign, channel })));
  if (!position.last) {
    slots.forEach(({ sign, channel }, k) => {
      add(conv.outChannels + k, position.first ? channel : conv.inChannels + k, position.first ? sign : 1);
      if (position.first) bias[conv.outChannels + k] = offset;
    });
    return { weights, bias, outChannels, inChannels };
  }
  cargo.map.forEach((channel, o) => {
    if (position.first) {
      add(o, channel, 1);
      return;
    }
    slots.forEach((slot, k) => { if (slot.channel === channel) add(o, conv.inChannels + k, slot.sign); });
    bias[o] = (bias[o] as number) - offset;
  });
  return { weights, bias, outChannels, inChannels };
}
