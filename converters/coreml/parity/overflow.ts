import type { NamedArrays } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { HostExecutor } from '../../../models/run/index.ts';
import type { MilFunction, MilProgram } from '../package/mil.ts';
import { runTranslation } from '../translate/run-translation.ts';
import { translate } from '../translate/translate.ts';

/** A value that fp16 cannot hold on these inputs. */
export interface Fp16Overflow {
  /** Name in the program, and the type of its operation. */
  readonly value: string;
  readonly operation: string;
  /** Largest magnitude where nothing is rounded. */
  readonly magnitude: number;
  /** Number of the feed. */
  readonly feed: number;
}

/** Values at once: memory stays bounded. */
const AT_ONCE = 32;
const FP16_MAX = 65504;

/**
 * Where a program leaves the range of fp16 on given feeds: the first values on each way through it that are finite when nothing is rounded,
 * and beyond 65504. What is infinite on purpose, as masks are, is none.
 */
export async function fp16Overflows(host: HostExecutor, program: MilProgram, body: MilFunction, feeds: readonly NamedArrays[]): Promise<Fp16Overflow[]> {
  const halves = body.body.operations.flatMap(({ type, outputs, inputs }) =>
    outputs.filter(({ type: result }) => result.kind === 'tensor' && result.dtype === 'fp16' && type !== 'const' && !type.startsWith('constexpr_'))
      .map(({ name }) => ({ value: name, operation: type, from: [...inputs.values()].flat().filter((argument) => typeof argument === 'string') })),
  );
  if (halves.length === 0) return [];
  const exact = translate(program, body.name, { rounding: false });
  const found = new Map<string, Fp16Overflow>();
  for (const [feed, arrays] of feeds.entries()) {
    for (let first = 0; first < halves.length; first += AT_ONCE) {
      const some = halves.slice(first, first + AT_ONCE);
      const [values] = await runTranslation(host, exact, [arrays], { fetch: some.map(({ value }) => value) });
      for (const { value, operation } of some) {
        const magnitude = largest((values as NamedArrays).get(value));
        if (magnitude > FP16_MAX && magnitude > (found.get(value)?.magnitude ?? 0)) found.set(value, { value, operation, magnitude, feed });
      }
    }
  }
  const followers = new Set<string>();
  return halves.flatMap(({ value, from }) => {
    const here = found.get(value);
    const follows = from.some((name) => followers.has(name));
    if (here || follows) followers.add(value);
    return here && !follows ? [here] : [];
  });
}

/** Largest finite magnitude; 0 where there is none. */
function largest(array: Parameters<typeof Tensor.fromNdArray>[0] | undefined): number {
  if (!array) return 0;
  return Tensor.fromNdArray(array).numbers().reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
}
