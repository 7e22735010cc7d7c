import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { NdArray } from '../../models/contracts/ndarray.ts';
import { Tensor } from '../../models/onnx/index.ts';

/** How far outputs are from those of a reference, over all of them; the output that agrees least stands for all. */
export interface OutputError {
  readonly feeds: number;
  /** Largest difference of any element. */
  readonly largest: number;
  /** The same as a share of the largest magnitude of that output's reference. */
  readonly relative: number;
  /** Signal to noise in dB; null where nothing differs. */
  readonly sqnr: number | null;
  /** Elements that are finite in one of the two only. */
  readonly notFinite: number;
}

/** Compares the outputs of two models for the same feeds, whatever their float types. */
export function outputError(references: readonly NamedArrays[], outputs: readonly NamedArrays[]): OutputError {
  let [largest, relative, notFinite, worst] = [0, 0, 0, Number.POSITIVE_INFINITY];
  for (const [i, reference] of references.entries()) {
    for (const [name, array] of reference) {
      const compared = compare(numbers(array), numbers(outputs[i]?.get(name) as NdArray));
      largest = Math.max(largest, compared.largest);
      relative = Math.max(relative, compared.largest === 0 ? 0 : compared.largest / compared.peak);
      worst = Math.min(worst, compared.noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(compared.signal / compared.noise));
      notFinite += compared.notFinite;
    }
  }
  return { feeds: references.length, largest, relative, sqnr: Number.isFinite(worst) ? worst : null, notFinite };
}

function compare(reference: Float64Array, output: Float64Array): { largest: number; peak: number; signal: number; noise: number; notFinite: number } {
  let [largest, peak, signal, noise, notFinite] = [0, 0, 0, 0, 0];
  for (const [i, wanted] of reference.entries()) {
    const got = output[i] as number;
    if (!Number.isFinite(wanted) || !Number.isFinite(got)) {
      if (!Object.is(wanted, got)) notFinite++;
      continue;
    }
    largest = Math.max(largest, Math.abs(wanted - got));
    peak = Math.max(peak, Math.abs(wanted));
    signal += wanted * wanted;
    noise += (wanted - got) ** 2;
  }
  return { largest, peak, signal, noise, notFinite };
}

function numbers(array: NdArray): Float64Array {
  return Tensor.fromNdArray(array).numbers();
}
