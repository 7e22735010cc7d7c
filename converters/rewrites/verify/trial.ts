import type { Comparison, DType, Evidence, NamedArrays, NdArray } from '../../../models/contracts/index.ts';
import type { InputSpec } from '../../../models/run/index.ts';
import type { Firing } from '../firing.ts';
import { bind, bindingsFor } from './bindings.ts';
import { compareArrays, type Difference, magnitudeOf, tooFar, worse } from './compare.ts';
import type { CutOut } from './cut-out.ts';
import { outputName, type Part } from './merged-model.ts';
import { tolerance } from './tolerance.ts';

/** What running a patch's old and new side showed. `failure` null: they agree within the exactness class. */
export interface Verdict {
  readonly failure: string | null;
  readonly comparison?: Comparison;
  readonly facts?: Readonly<Record<string, string | number>>;
}

/** One firing on its way through the sizes to try. */
export class Trial {
  readonly firing: Firing;
  readonly cutOut: CutOut;
  /** Position among the firings. */
  readonly index: number;
  /** Inputs of the sizes that are on. */
  current: readonly InputSpec[] = [];
  failure: string | null = null;
  readonly #sizes: (readonly InputSpec[])[];
  #worst: Difference | null = null;
  #rounds = 0;
  #runs = 0;

  constructor(firing: Firing, cutOut: CutOut, index: number) {
    this.firing = firing;
    this.cutOut = cutOut;
    this.index = index;
    const inputs = cutOut.inputs.map((input) => {
      const range = firing.ranges.get(input.name);
      return range ? { ...input, range } : input;
    });
    this.#sizes = bindingsFor(inputs)
      .map((binding) => bind(inputs, binding))
      .filter((bound) => bound !== null);
  }

  get part(): Part {
    return { cutOut: this.cutOut, inputs: this.current };
  }

  /** Number of elements fed. */
  get elements(): number {
    return this.current.reduce((sum, { dims }) => sum + dims.reduce((a: number, b) => a * Number(b), 1), 0);
  }

  /** Moves on to the next sizes; false when enough were run, the patch has failed, or none are left. */
  next(rounds: number): boolean {
    const sizes = this.failure === null && this.#rounds < rounds ? this.#sizes.shift() : undefined;
    this.current = sizes ?? [];
    return sizes !== undefined;
  }

  /** Takes the outputs of both sides, one entry per feed. */
  take(outputs: readonly NamedArrays[], part: number): void {
    this.#rounds++;
    this.#runs += outputs.length;
    for (const i of this.cutOut.before.outputs.keys()) {
      let magnitude = 0;
      for (const output of outputs) {
        const [reference, candidate] = [
          output.get(outputName(part, 'before', i)) as NdArray,
          output.get(outputName(part, 'after', i)) as NdArray,
        ];
        magnitude ||= magnitudeOf(reference);
        this.#judge(compareArrays(reference, candidate, { magnitude, reach: this.cutOut.reach }), reference.dtype);
      }
    }
  }

  /** Undefined when nothing could be run. */
  verdict(evidence: Evidence): Verdict | undefined {
    const worst = this.#worst;
    if (!worst) return this.failure === null ? undefined : { failure: this.failure };
    const { maxAbs, maxRelToRange, bitEqual, interior } = worst;
    const facts = this.firing.exactness === 'border' ? { facts: { interiorError: interior } } : {};
    return { failure: this.failure, comparison: { evidence, maxAbs, maxRelToRange, bitEqual, inputs: this.#runs }, ...facts };
  }

  #judge(found: Difference, dtype: DType): void {
    this.failure ??= tooFar(found, this.firing.exactness, dtype, tolerance(this.cutOut.rounding));
    this.#worst = worse(found, this.#worst ?? found);
  }
}
