/** A point with an interval along x: an end that is null is open, one that is left out is the point itself. */
export interface Candidate {
  readonly x: number;
  readonly low?: number | null;
  readonly high?: number | null;
  readonly y: number;
}

export type Direction = 'lower' | 'higher';

/**
 * Where each point stands. `front`: no other is at least as good in both and better in one. `tied`: another one is, but none whose interval along x
 * stays at least as good as the best end of this one's, so that the order may be noise. `beaten`: all else.
 */
export function paretoPlaces(points: readonly Candidate[], better: { readonly x: Direction; readonly y: Direction }): ('front' | 'tied' | 'beaten')[] {
  const turned = points.map((point) => turn(point, better));
  return turned.map((point) => {
    const above = turned.filter((other) => dominates(other, point, other.x, point.x));
    if (above.length === 0) return 'front';
    return above.some((other) => dominates(other, point, other.worst, point.best)) ? 'beaten' : 'tied';
  });
}

interface Turned {
  readonly x: number;
  readonly best: number;
  readonly worst: number;
  readonly y: number;
}

/** Smaller x and larger y are better from here on. */
function turn({ x, low, high, y }: Candidate, better: { readonly x: Direction; readonly y: Direction }): Turned {
  const [least, most] = [low === undefined ? x : (low ?? -Infinity), high === undefined ? x : (high ?? Infinity)];
  const upward = better.y === 'higher' ? y : -y;
  return better.x === 'lower' ? { x, best: least, worst: most, y: upward } : { x: -x, best: -most, worst: -least, y: upward };
}

function dominates(other: Turned, point: Turned, otherX: number, pointX: number): boolean {
  return otherX <= pointX && other.y >= point.y && (otherX < pointX || other.y > point.y);
}
