import type { Trace, Traced } from './trace/trace.ts';

/** `export`: as PyTorch exports the network that is trained. `deploy`: what ships, linear blocks collapsed to one convolution. */
export type Form = 'export' | 'deploy';

/** One architecture, layer by layer. */
export interface Network {
  readonly name: string;
  /** One line for lists. */
  readonly title: string;
  /** Scales it is defined for; the first is the usual one. */
  readonly scales: readonly number[];
  /** Channels of the input picture. */
  readonly channels: number;
  readonly dtype?: 'float32' | 'uint8';
  /** The first is what is made unless told. */
  readonly forms: readonly Form[];
  /** Height and width must be multiples of it, for a scale. */
  readonly multiple?: (scale: number) => number;
  /** Smallest height and width. */
  readonly smallest?: number;
  /** False where shapes are written into the graph, so that sizes cannot stay open. */
  readonly dynamic?: false;
  /** Where the layers are published. */
  readonly source: string;
  /** What is not published and therefore our reading. */
  readonly reading?: string;
  /** Lowest version of ai.onnx. */
  readonly opset?: number;
  build(t: Trace, x: Traced, scale: number, form: Form): Traced;
}
