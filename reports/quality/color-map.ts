/**
 * A dark-to-bright map that is even to the eye and safe for colour-blind readers: anchors sampled from matplotlib's `inferno` (CC0),
 * joined by straight lines.
 */
const ANCHORS: readonly (readonly [number, number, number])[] = [
  [0, 0, 4], [22, 11, 57], [66, 10, 104], [106, 23, 110], [147, 38, 103], [188, 55, 84], [221, 81, 58], [243, 120, 25],
  [252, 165, 10], [246, 215, 70], [252, 255, 164],
];

/** Colour of `position` in 0–1; outside is clamped. */
export function colorAt(position: number): [number, number, number] {
  const place = Math.min(1, Math.max(0, position)) * (ANCHORS.length - 1);
  const index = Math.min(ANCHORS.length - 2, Math.floor(place));
  const [from, to] = [ANCHORS[index], ANCHORS[index + 1]] as [readonly number[], readonly number[]];
  return [0, 1, 2].map((c) => Math.round((from[c] as number) + (place - index) * ((to[c] as number) - (from[c] as number)))) as [
    number,
    number,
    number,
  ];
}
