/** A figure that does not vary: a size, a node count, DDR traffic of a compiled graph, PSNR on a fixed set. */
export interface ExactMetric {
  readonly value: number;
  readonly warnings: readonly string[];
}

/** Takes repeated readings of an exact figure; the first counts, and a warning says when the others differ. */
export function exactMetric(readings: readonly number[], name: string): ExactMetric {
  const [value] = readings;
  if (value === undefined) throw new RangeError(`${name} has no reading.`);
  const others = new Set(readings.filter((reading) => !Object.is(reading, value)));
  const warnings = others.size ? [`${name} should be exact and was read as ${[value, ...others].join(', ')}.`] : [];
  return { value, warnings };
}
