import {
  BugError,
  type Comparison,
  type DType,
  type Exactness,
  type Executor,
  FLOAT_DTYPES,
  type InputContract,
  type NamedArrays,
  type NdArray,
} from '../../models/contracts/index.ts';
import { Tensor, type WriteOptions } from '../../models/onnx/index.ts';
import type { Dim, Model } from '../../models/graph/index.ts';
import type { InputSpec } from '../../models/run/index.ts';
import { bind, bindingsFor } from '../rewrites/verify/bindings.ts';
import { compareArrays, type Difference, EQUAL, tooFar, worse } from '../rewrites/verify/compare.ts';
import { contractRange } from '../rewrites/verify/contract-range.ts';
import { feedsFor } from '../rewrites/verify/feeds.ts';
import { VerifySession } from '../rewrites/verify/session.ts';
import { roundingError, tolerance } from '../rewrites/verify/tolerance.ts';
import { type AdapterPort, isFloatPort, type PortDType } from './adapter-spec.ts';
import type { FaceState } from './face-state.ts';
import { invertSteps } from './steps/invert-steps.ts';
import { runSteps } from './steps/run-steps.ts';

export interface VerifyFaceOptions {
  readonly executor: Executor;
  readonly seed: number;
  readonly contracts: ReadonlyMap<string, InputContract>;
  /** Sizes that a request fixed, by input. */
  readonly shapes: ReadonlyMap<string, readonly (number | null)[]>;
  readonly write?: WriteOptions | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A model before, a model after: what they gave for the same inputs. */
interface Sides {
  readonly before: readonly NamedArrays[];
  readonly after: readonly NamedArrays[];
}

/**
 * Runs both models with optimisations off and compares old(x) with post(new(pre(x))), x seeded and within its contract; where a port lost
 * values, x holds 8-bit levels. Layers that are no steps are replaced by the value that the old model computes there. The text says why
 * nothing could be compared. Throws BugError where the two are not the same function, ExternalError where only the old model runs.
 */
export async function verifyFace(original: Model, state: FaceState, options: VerifyFaceOptions): Promise<Comparison | string> {
  const session = new VerifySession({ executor: options.executor, level: 'quick', seed: options.seed, signal: options.signal });
  try {
    const paths = [
      await session.write(original.toProto(), options.write),
      await session.write(state.model.toProto(), options.write),
    ] as const;
    const sides = await runBoth(original, state, paths, options);
    return typeof sides === 'string' ? sides : compareSides(original, state, sides, session.evidence);
  } finally {
    session.dispose();
  }
}

async function runBoth(
  original: Model,
  state: FaceState,
  [before, after]: readonly [string, string],
  options: VerifyFaceOptions,
): Promise<Sides | string> {
  const { executor, signal } = options;
  const fetch = [...state.inputs, ...state.outputs].flatMap(({ removed }) => (removed ? [removed.tensor] : []));
  const common = { optimization: 'off' as const, ...(signal ? { signal } : {}) };
  const specs = inputSpecs(original, options);
  let failed = 'no size fits its dimensions';
  let reference: NamedArrays[] | null = null;
  let prepared: NamedArrays[] = [];
  for (const binding of bindingsFor(specs)) {
    const bound = bind(specs, binding);
    if (!bound) continue;
    try {
      const feeds = feedsFor(bound, ['unit', 'normal'], options.seed).map((feed) => onLevels(feed, state.inputs));
      const outputs = await executor.run(before, feeds, {
        ...common,
        fetch: [...new Set(fetch)].filter((name) => !isOutput(original, name)),
      });
      prepared = feeds.map((feed, i) => prepare(feed, outputs[i] as NamedArrays, state.inputs));
      reference = outputs;
      break;
    } catch (error) {
      signal?.throwIfAborted();
      failed = error instanceof Error ? (error.message.split('\n')[0] as string) : String(error);
    }
  }
  if (!reference) return `the runtime does not run the model as it was: ${failed}`;
  return { before: reference, after: await executor.run(after, prepared, common) };
}

function inputSpecs(original: Model, { contracts, shapes }: VerifyFaceOptions): InputSpec[] {
  return original.graph.inputs
    .filter((value) => !value.initializer)
    .map(({ name, type }) => {
      const contract = contracts.get(name);
      const dims = (type.shape ?? []).map(
        (dim, axis): Dim =>
          shapes.get(name)?.[axis] ?? (typeof dim === 'number' ? dim : (contract?.shape[axis] ?? dim ?? `${name}:${axis}`)),
      );
      const range = contractRange(contract) ?? (type.dtype === 'uint8' ? ([0, 255] as const) : null);
      return { name, dtype: type.dtype, dims, ...(range ? { range } : {}) };
    });
}

function isOutput(model: Model, name: string): boolean {
  return model.graph.outputs.some((output) => output.name === name);
}

/**
 * Inputs moved to the nearest value that the new face can hold: an 8-bit level, or what is left of a small number beside a large mean.
 * Callers begin with what the new face holds, too.
 */
function onLevels(feed: NamedArrays, ports: readonly AdapterPort[]): NamedArrays {
  const moved = new Map(feed);
  for (const { from, to, steps, lossy } of ports) {
    const loses = isFloatPort(from.dtype) && (lossy || steps.some(({ kind }) => kind === 'arithmetic'));
    const back = loses && invertSteps(steps, from.layout);
    const array = feed.get(from.name);
    if (!back || !array) continue;
    moved.set(from.name, runSteps(back, runSteps(steps, array, from.layout, to.dtype as PortDType), to.layout, from.dtype as PortDType));
  }
  return moved;
}

function prepare(feed: NamedArrays, outputs: NamedArrays, ports: readonly AdapterPort[]): NamedArrays {
  return new Map(
    ports.map((port) => {
      const array = port.removed ? outputs.get(port.removed.tensor) : feed.get(port.from.name);
      return [port.to.name, carry(port, array as NdArray)];
    }),
  );
}

function carry({ from, to, steps }: AdapterPort, array: NdArray): NdArray {
  return steps.length === 0 ? array : runSteps(steps, array, from.layout, to.dtype as PortDType);
}

function compareSides(original: Model, state: FaceState, { before, after }: Sides, evidence: Comparison['evidence']): Comparison {
  const classes = new Set(state.records.map((record) => record.exactness));
  const allowed = tolerance(roundingError([...original.graph.nodes(), ...state.model.graph.nodes()]));
  let worst = EQUAL;
  for (const [i, outputs] of before.entries())
    for (const port of state.outputs) {
      const expected = outputs.get(port.removed?.tensor ?? port.to.name) as NdArray;
      const actual = carry(port, after[i]?.get(port.from.name) as NdArray);
      const difference = compareArrays(within(expected, port), actual);
      const failure =
        port.lossy && FLOAT_DTYPES.has(expected.dtype)
          ? beyondHalfLevel(difference, port.lossy, allowed)
          : tooFar(difference, promised(classes, expected.dtype), expected.dtype, allowed);
      if (failure)
        throw new BugError(`With the new face the model is another function: ${failure} ("${port.to.name}").`, [
          'Report this with the model.',
        ]);
      worst = worse(worst, difference);
    }
  const { maxAbs, maxRelToRange, bitEqual } = worst;
  return { evidence, maxAbs, maxRelToRange, bitEqual, inputs: before.length };
}

/**
 * Rounding, in half precision too, is bounded by the tolerance where outputs are floats; integers may be one level off, in half precision
 * anywhere.
 */
function promised(classes: ReadonlySet<Exactness>, dtype: DType): Exactness {
  if (classes.has('approximate') && !FLOAT_DTYPES.has(dtype)) return 'approximate';
  return classes.size === 1 && classes.has('bit') ? 'bit' : 'exact';
}

/** What 8-bit levels can hold of an output. */
function within(array: NdArray, { lossy }: AdapterPort): NdArray {
  if (!lossy || !FLOAT_DTYPES.has(array.dtype)) return array;
  const values = Tensor.fromNdArray(array)
    .numbers()
    .map((value) => Math.min(Math.max(value, lossy.low), lossy.high));
  return Tensor.of(array.dtype, array.dims, values).toNdArray();
}

function beyondHalfLevel({ mismatch, maxAbs }: Difference, { low, high }: { low: number; high: number }, allowed: number): string | null {
  const most = (high - low) * (0.5 / 255 + allowed);
  return mismatch ?? (maxAbs > most * (1 + 1e-6) ? `an output is off by ${maxAbs.toPrecision(3)}, more than half a level` : null);
}
