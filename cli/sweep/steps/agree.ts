import { UserError } from '../../../models/contracts/errors.ts';
import type { NamedArrays } from '../../../models/contracts/executor.ts';
import type { NdArray } from '../../../models/contracts/ndarray.ts';
import { Tensor } from '../../../models/onnx/tensor.ts';
import type { ModelEntry } from '../../config/config.ts';
import type { Step, StepContext } from '../../pipeline/step.ts';
import { feedOf } from '../../work/bench-feed.ts';
import type { SweepTools } from '../tools.ts';
import { type Built, orFailed, passedOn } from './built.ts';

export interface Agreed {
  /** Signal over difference of all outputs together in dB; null where they are equal. */
  readonly db: number | null;
  readonly failed: string | null;
}

export interface AgreeStepOptions {
  readonly id: string;
  readonly variant: string;
  readonly from: string;
  readonly baseline: string;
  readonly input: ModelEntry['input'];
  readonly seed: number;
  readonly tools: SweepTools;
  readonly versions: object;
}

/** Side of the seeded input where the model leaves it open. */
const SIDE = 64;

/** Outputs of a model against its baseline's on one seeded input. */
export function agreeStep({ id, variant, from, baseline, input, seed, tools, versions }: AgreeStepOptions): Step {
  return {
    id, kind: 'compare', title: `Compare ${variant} with its baseline`, needs: [from, baseline], key: { input, seed, versions },
    run: (context) => orFailed(context, async () => {
      const [model, base] = [context.input<Built>(from), context.input<Built>(baseline)];
      if (model.file === null || base.file === null) return passedOn(model.file === null ? model : base);
      const outputs = async (path: string): Promise<NamedArrays> => run(path, variant, { input, seed, tools }, context);
      const db = signalToDifference(await outputs(context.artifacts.at(base.file)), await outputs(context.artifacts.at(model.file)));
      const output: Agreed = { db, failed: null };
      return { output, summary: db === null ? 'equal' : `${db.toFixed(1)} dB` };
    }),
  };
}

async function run(path: string, id: string, { input, seed, tools }: Pick<AgreeStepOptions, 'input' | 'seed' | 'tools'>, { signal }: StepContext): Promise<NamedArrays> {
  const feed = feedOf({ id, path, input }, SIDE, seed);
  return (await tools.host.run(path, [feed], { optimization: 'off', signal }))[0] as NamedArrays;
}

/**
 * 10·log₁₀ Σ a² / Σ (a − b)² over all outputs, matched by position; null where nothing differs, 0 dB for a reference of zeros. Throws UserError where
 * outputs are of other sizes, or not finite.
 */
export function signalToDifference(reference: NamedArrays, other: NamedArrays): number | null {
  const others = [...other.values()];
  let [signal, noise] = [0, 0];
  for (const [i, array] of [...reference.values()].entries()) {
    const [expected, actual] = [numbersOf(array), others[i] ? numbersOf(others[i]) : []];
    if (expected.length !== actual.length) throw new UserError('Its outputs are of another size than the baseline’s.', ['Compare models of one face.']);
    for (let k = 0; k < expected.length; k++) {
      signal += (expected[k] as number) ** 2;
      noise += ((expected[k] as number) - (actual[k] as number)) ** 2;
    }
  }
  if (!Number.isFinite(signal) || !Number.isFinite(noise)) throw new UserError('Its outputs, or the baseline’s, are not finite.', ['Look at the ranges inside: dyno check.']);
  if (noise === 0) return null;
  return signal === 0 ? 0 : 10 * Math.log10(signal / noise);
}

function numbersOf({ dtype, dims, data }: NdArray): ArrayLike<number> {
  return dtype === 'float32' ? (data as Float32Array) : Tensor.fromBytes(dtype, dims, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).numbers();
}
