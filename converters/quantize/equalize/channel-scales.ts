import type { ChannelSet } from './channel-sets.ts';

/** Channels are raised by this at most: what is hardly ever there need not fill the grid. */
const MOST = 64;

/**
 * By how much each channel is raised: (largest channel / own)^strength, so that at strength 1 all channels fill the tensor's grid. Where a Clip cuts at
 * the top, up to where the channel's largest value meets the bound, and never down. `peaks`: largest magnitude per channel over calibration.
 */
export function channelScales({ bound }: Pick<ChannelSet, 'bound'>, peaks: ArrayLike<number>, strength: number): Float64Array {
  const own = Float64Array.from(peaks);
  const top = bound ?? own.reduce((a, b) => Math.max(a, b), 0);
  return own.map((peak) => (peak > 0 && peak < top ? Math.min(MOST, (top / peak) ** strength) : 1));
}
