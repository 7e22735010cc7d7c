/** A tile along one axis: where it starts, how long it is, and the part [from, to) of the image that it answers for. */
export interface TileSpan {
  readonly start: number;
  readonly size: number;
  readonly from: number;
  readonly to: number;
}
