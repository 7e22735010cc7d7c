import type { Comparison, Exactness, InputContract, NamedArrays, NdArray } from '../../../models/contracts/index.ts';
import type { Model, Value } from '../../../models/graph/index.ts';
import type { WriteOptions } from '../../../models/onnx/index.ts';
import type { InputSpec } from '../../../models/run/index.ts';
import type { Firing } from '../firing.ts';
import { bind, bindingsFor } from './bindings.ts';
import { borderReach } from './border-reach.ts';
import { compareArrays, EQUAL, magnitudeOf, tooFar, worse } from './compare.ts';
import { contractRange } from './contract-range.ts';
import { type FeedKind, feedsFor } from './feeds.ts';
import type { VerifySession } from './session.ts';
import { roundingError, tolerance } from './tolerance.ts';

export interface WholeVerdict {
  /** Why the models are not the same function; null when they are. */
  readonly failure: string | null;
  readonly comparison: Comparison;
}

export interface WholeOptions {
  readonly contracts: ReadonlyMap<string, InputContract>;
  readonly firings: readonly Firing[];
  /** Other versions of operators may round differently. */
  readonly opsetChanged: boolean;
  readonly write: WriteOptions;
}

/** Feeds under which the model before rewriting runs, and what it gave. Made once; a text says why there are none. */
export interface Reference {
  readonly feeds: readonly NamedArrays[];
  readonly outputs: readonly NamedArrays[];
}

const NONDETERMINISTIC = ['RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike', 'Multinomial', 'Bernoulli'];

/** Runs the model as it was. Open dimensions take the contract's sizes, else several until the model runs (`full`: up to three of them). */
export async function runReference(model: Model, session: VerifySession, options: WholeOptions): Promise<Reference | string> {
  for (const node of model.graph.nodes()) {
    if (node.is(...NONDETERMINISTIC)) return `the model draws random numbers (${node.label})`;
  }
  const inputs = inputSpecs(model, options.contracts);
  if (typeof inputs === 'string') return inputs;
  const path = await session.write(model.toProto(), options.write);
  const wanted = session.options.level === 'full' ? 3 : 1;
  const found: { feeds: NamedArrays[]; outputs: NamedArrays[] } = { feeds: [], outputs: [] };
  let [rounds, failed] = [0, 'no size fits its dimensions'];
  for (const binding of bindingsFor(inputs)) {
    const bound = bind(inputs, binding);
    if (!bound) continue;
    const feeds = feedsFor(bound, wholeKinds(session), session.options.seed);
    const outputs = await session.run(path, feeds);
    if ('failed' in outputs) {
      failed = outputs.failed;
      continue;
    }
    found.feeds.push(...feeds);
    found.outputs.push(...outputs);
    if (++rounds === wanted) break;
  }
  return rounds > 0 ? found : `the runtime does not run the model as it was: ${failed}`;
}

/** Runs the rewritten model on the same feeds and compares every output. */
export async function compareWhole(
  model: Model,
  reference: Reference,
  session: VerifySession,
  options: WholeOptions,
): Promise<WholeVerdict> {
  const outputs = await session.run(await session.write(model.toProto(), options.write), reference.feeds);
  const evidence = session.evidence;
  if ('failed' in outputs) {
    const comparison = { evidence, maxAbs: Infinity, maxRelToRange: Infinity, bitEqual: false, inputs: 0 };
    return { failure: `the runtime refuses the rewritten model: ${outputs.failed}`, comparison };
  }
  const exactness = weakest(options);
  const allowed = tolerance(roundingError([...model.graph.nodes()]));
  const reach = borderReach(model.graph.nodes());
  let failure: string | null = null;
  let worst = EQUAL;
  for (const [i, before] of reference.outputs.entries())
    for (const [name, array] of before) {
      const magnitude = magnitudeOf(reference.outputs[0]?.get(name) ?? array);
      const difference = compareArrays(array, outputs[i]?.get(name) as NdArray, {
        magnitude,
        reach: reach * enlargement(array, reference.feeds[i] as NamedArrays),
      });
      failure ??= tooFar(difference, exactness, array.dtype, allowed);
      worst = worse(worst, difference);
    }
  const { maxAbs, maxRelToRange, bitEqual } = worst;
  return { failure, comparison: { evidence, maxAbs, maxRelToRange, bitEqual, inputs: reference.feeds.length } };
}

function inputSpecs(model: Model, contracts: WholeOptions['contracts']): InputSpec[] | string {
  const fed = model.graph.inputs.filter((value) => !value.initializer);
  const open = fed.find(({ type }) => type.dtype === null || type.shape === null || type.dtype === 'string');
  return open
    ? `input "${open.name}" is no tensor of known type and rank`
    : fed.map((value) => inputSpec(value, contracts.get(value.name)));
}

function inputSpec({ name, type }: Value, contract: InputContract | undefined): InputSpec {
  const dims = (type.shape ?? []).map((dim, axis) => (typeof dim === 'number' ? dim : (contract?.shape[axis] ?? dim ?? `${name}:${axis}`)));
  const range = contractRange(contract) ?? (type.dtype === 'uint8' ? BYTE : null);
  return { name, dtype: type.dtype ?? 'float32', dims, ...(range ? { range } : {}) };
}

const BYTE = [0, 255] as const;

/** Whole models are mostly fed with images. */
function wholeKinds({ options }: VerifySession): readonly FeedKind[] {
  return options.level === 'full' ? ['unit', 'normal', 'zeros', 'ramp'] : ['unit'];
}

/** How much larger an output is than the input it comes from, along the last axis, at least 1. */
function enlargement(output: NdArray, feed: NamedArrays): number {
  const widths = [...feed.values()].filter(({ dims }) => dims.length >= 3).map(({ dims }) => dims.at(-1) as number);
  return Math.max(1, Math.ceil((output.dims.at(-1) ?? 1) / Math.max(1, ...widths)));
}

/** What a chain of rewrites can promise together. */
function weakest({ firings, opsetChanged }: WholeOptions): Exactness {
  const classes = new Set(firings.map((firing) => firing.exactness));
  if (classes.has('approximate')) return 'approximate';
  if (classes.has('border')) return 'border';
  return opsetChanged || classes.has('exact') ? 'exact' : 'bit';
}
