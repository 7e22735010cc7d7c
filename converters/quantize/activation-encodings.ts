import type { Value } from '../../models/graph/index.ts';
import { activationEncoding, type Encoding } from './encoding.ts';
import type { Histogram } from './histogram.ts';
import { liveRange, type Range } from './live-range.ts';
import { movesValues } from './operators.ts';
import type { QuantizationPlan } from './plan.ts';
import type { Widths } from './precisions.ts';
import type { FaceGrids } from './quantized-faces.ts';
import { chooseRange } from './range.ts';
import { type RangeMethod, WIDE } from './scheme.ts';

/** What HTP gives in 16 bits whatever is asked of it, in steps of 1/65536 and 2/65536 (the rule htp/wide-activation). */
const WIDE_RANGES: Readonly<Record<string, Range>> = { Sigmoid: [0, 65535 / 65536], HardSigmoid: [0, 65535 / 65536], Tanh: [-1, 65534 / 65536] };

export interface RangeSettings {
  readonly range: RangeMethod;
  /** For the `percentile` range; 99.99 where nothing is said. */
  readonly percentile?: number;
  readonly outputRange?: Range;
}

/** Encodings of a plan's activations by name: what faces dictate, what HTP fixes, and ranges from what calibration saw. */
export function encodeActivations(
  plan: QuantizationPlan, grids: FaceGrids, histograms: ReadonlyMap<string, Histogram>, widths: Widths, { range: method, percentile = 99.99, outputRange }: RangeSettings,
): Map<string, Encoding> {
  const encodings = new Map<string, Encoding>();
  for (const [value, root] of plan.activations) {
    const bits = widths.ofValue(value)?.bits ?? 8;
    const rangeOf = (of: Value): Range | null => {
      const histogram = histograms.get((plan.activations.get(of) ?? of).name);
      return histogram ? chooseRange(histogram, { method, percentile, bits }) : null;
    };
    const given = grids.encodings.get(root);
    if (given) encodings.set(value.name, given);
    const own = bits === WIDE.bits ? WIDE_RANGES[root.producer?.opType ?? ''] : undefined;
    const range = given ? null : (own ?? rangeOf(value));
    if (!range) continue;
    const histogram = histograms.get(root.name);
    const isCut = outputRange && histogram && isOnlyOutput(root) && liesWithin(histogram, outputRange);
    const [low, high] = own ?? liveRange(value, isCut ? cutTo(range, outputRange) : range, rangeOf);
    encodings.set(value.name, activationEncoding(low, high, bits));
  }
  for (const [value, encoding] of grids.unfused) encodings.set(value.name, encoding);
  return encodings;
}

/** True where a value leaves the graph and nothing else becomes of it, moved or not. */
function isOnlyOutput(value: Value): boolean {
  if (value.isGraphOutput) return [...value.uses].every(({ index }) => index < 0);
  const next = value.soleConsumer;
  return next !== null && movesValues(next) && next.outputs.every((output) => output === null || isOnlyOutput(output));
}

/** True where all but few values lie in a range, or little outside: such an output is what the range says. */
function liesWithin(histogram: Histogram, [least, most]: Range): boolean {
  const slack = 0.05 * (most - least);
  return histogram.quantile(0.02) >= least - slack && histogram.quantile(0.98) <= most + slack;
}

function cutTo([low, high]: Range, [least, most]: Range): Range {
  return [Math.max(low, least), Math.min(high, most)];
}
