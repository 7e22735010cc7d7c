export { broadcastKind, readChannelConstant } from './channel-constant.ts';
export { type ConvView, readConv } from './conv-view.ts';
export { expandGroups } from './groups.ts';
export type { Pads } from './pads.ts';
export { roundTo } from './round.ts';
export { takeAlong } from './take-along.ts';
export { energy, quantizationNoise, snrDb } from './weight-snr.ts';
export { writeConv } from './write-conv.ts';
