import type { Graph, Node, Value } from '../../../models/graph/index.ts';
import { movesValues } from '../../quantize/operators.ts';
import type { Origin } from '../../rewrites/lineage.ts';
import type { EncodingsFile, TensorEncoding } from '../encoding.ts';
import { requireResolved } from '../model/resolve.ts';
import { permuteEncoding } from '../permute.ts';
import { commonestWeight, isWeight, recomputedBias, recomputedParameter } from './recompute.ts';

export type EncodingAction = 'permuted' | 'renamed' | 'recomputed' | 'copied' | 'dropped';

/** What became of one encoding; those that are as they were are not listed. */
export interface EncodingChange {
  readonly action: EncodingAction;
  /** In the rewritten model; for `dropped` in the one before. */
  readonly tensor: string;
  readonly why: string;
}

export interface FollowedEncodings {
  readonly file: EncodingsFile;
  readonly kept: number;
  readonly changes: readonly EncodingChange[];
}

/**
 * The encodings of a rewritten model from those of the model before (resolved against it), by what every tensor was before. Activations
 * keep their ranges, in another channel order or under another name; parameters that were computed anew get scales from their values;
 * data that new nodes only move has its source's encoding. `graph` is the rewritten one, its shapes inferred. Throws UserError where an
 * encoding cannot follow a permutation (blocks along the axis).
 */
export function followEncodings(before: EncodingsFile, graph: Graph, origins: ReadonlyMap<string, Origin>): FollowedEncodings {
  const following = new Following(before, graph, origins);
  for (const value of graph.values.values()) following.carry(value);
  following.addNewWeights();
  for (const node of graph.nodes()) following.copyForward(node);
  for (const node of [...graph.nodes()].reverse()) following.copyBackward(node);
  following.settleBiases();
  return following.result();
}

class Following {
  readonly #before: EncodingsFile;
  readonly #graph: Graph;
  readonly #origins: ReadonlyMap<string, Origin>;
  readonly #encodings = new Map<string, TensorEncoding>();
  readonly #changes: EncodingChange[] = [];
  /** Tensors of the model before whose encodings went over, and to which. */
  readonly #carried = new Map<string, string>();
  /** Why others did not. */
  readonly #failed = new Map<string, string>();
  #kept = 0;

  constructor(before: EncodingsFile, graph: Graph, origins: ReadonlyMap<string, Origin>) {
    this.#before = before;
    this.#graph = graph;
    this.#origins = origins;
  }

  /** From the tensor that the value was before. */
  carry(value: Value): void {
    const origin = this.#origins.get(value.name);
    const from = origin?.tensors.find((name) => this.#before.encodings.has(name));
    const encoding = from === undefined ? undefined : this.#before.encodings.get(from);
    if (!origin || from === undefined || !encoding) return;
    for (const name of origin.tensors)
      if (name !== from && !this.#failed.has(name)) this.#failed.set(name, `it holds what "${from}" holds`);
    if (origin.changed) {
      this.#recompute(value, encoding, from);
      return;
    }
    if (origin.moved && encoding.kind !== 'float' && encoding.grain.kind !== 'tensor') {
      this.#failed.set(from, 'its data lies in another layout, where its scales have no axis');
      return;
    }
    const permuted = origin.orders.reduce((now, { axis, order }) => permuteEncoding(now, axis, order), encoding);
    const moved = permuted !== encoding;
    if (moved) this.#change('permuted', value.name, `${origin.orders.length === 1 ? 'an axis is' : 'axes are'} in another order`);
    else if (from !== value.name) this.#change('renamed', value.name, `it was "${from}"`);
    else this.#kept++;
    this.#put(from, { ...permuted, name: value.name, section: value.constant ? 'parameter' : 'activation' });
  }

  /** Weights that have no forerunner: several layers in one, copies of shared ones. */
  addNewWeights(): void {
    const like = commonestWeight(this.#graph, this.#encodings);
    for (const value of this.#graph.initializers) {
      if (!like || this.#encodings.has(value.name) || !isWeight(value) || (this.#origins.get(value.name)?.tensors.length ?? 0) > 0)
        continue;
      const made = recomputedParameter(value, like);
      if (typeof made === 'string') continue;
      this.#encodings.set(value.name, made);
      this.#change('recomputed', value.name, 'new weights, on a grid like most others');
    }
  }

  copyForward(node: Node): void {
    const source = movesValues(node) ? node.input(0) : null;
    for (const output of source ? node.outputs : []) if (source && output) this.#copy(source, output);
  }

  /** Where all of the data is moved, the source has what the result has. */
  copyBackward(node: Node): void {
    const [source, output] = [node.input(0), node.output()];
    if (source && output && node.is(...WHOLE)) this.#copy(output, source);
  }

  /** int32 biases follow input and weight scales. */
  settleBiases(): void {
    const anew = new Set(this.#changes.flatMap(({ action, tensor }) => (action === 'recomputed' ? tensor : [])));
    for (const [name, encoding] of this.#encodings) {
      const value = this.#graph.values.get(name);
      if (encoding.kind !== 'int' || encoding.bits !== 32 || !value?.constant) continue;
      if (!anew.has(name) && !value.consumers.some((node) => anew.has(node.input(1)?.name ?? ''))) continue;
      const made = recomputedBias(value, encoding, this.#encodings);
      if (made) this.#encodings.set(name, made);
      else this.#encodings.delete(name);
      if (!made) this.#change('dropped', name, 'its layer has other weights, and its input or weights no scale');
      else if (!anew.has(name)) this.#change('recomputed', name, 'input scale × weight scale, which is another');
    }
  }

  /** The rewritten model's own file; it fits, or that is a bug of ours that `requireResolved` names. */
  result(): FollowedEncodings {
    for (const name of this.#before.encodings.keys()) {
      if (this.#carried.has(name)) continue;
      this.#change('dropped', name, this.#failed.get(name) ?? 'no tensor of the rewritten model holds its values');
    }
    const file = requireResolved({ ...this.#before, encodings: this.#encodings }, this.#graph);
    return { file: { ...file, encodings: this.#inFileOrder(file.encodings) }, kept: this.#kept, changes: this.#changes };
  }

  #recompute(value: Value, encoding: TensorEncoding, from: string): void {
    const made = recomputedParameter(value, encoding);
    if (typeof made === 'string') {
      this.#failed.set(from, `a rewrite computed it anew, and ${made}`);
      return;
    }
    this.#put(from, made);
    this.#change('recomputed', value.name, 'a rewrite computed its values anew');
  }

  #put(from: string, encoding: TensorEncoding): void {
    this.#carried.set(from, encoding.name);
    this.#encodings.set(encoding.name, encoding);
  }

  #copy(from: Value, to: Value): void {
    const encoding = this.#encodings.get(from.name);
    const isNew = (this.#origins.get(to.name)?.tensors.length ?? 0) === 0;
    if (!encoding || !isNew || this.#encodings.has(to.name) || to.constant) return;
    if (encoding.kind !== 'float' && encoding.grain.kind !== 'tensor') return;
    this.#encodings.set(to.name, { ...encoding, name: to.name, section: 'activation' });
    this.#change('copied', to.name, `it is "${from.name}", moved`);
  }

  #change(action: EncodingAction, tensor: string, why: string): void {
    this.#changes.push({ action, tensor, why });
  }

  /** As the file had them, what is new behind. */
  #inFileOrder(encodings: ReadonlyMap<string, TensorEncoding>): Map<string, TensorEncoding> {
    const names = [
      ...new Set([...[...this.#before.encodings.keys()].flatMap((name) => this.#carried.get(name) ?? []), ...encodings.keys()]),
    ];
    return new Map(
      names.flatMap((name) => {
        const encoding = encodings.get(name);
        return encoding ? [[name, encoding] as const] : [];
      }),
    );
  }
}

/** Movements that neither drop nor repeat data. */
const WHOLE = ['Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Flatten', 'DepthToSpace', 'SpaceToDepth', 'Identity'];
