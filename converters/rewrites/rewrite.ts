import type { Exactness, FaceChange, InputContract } from '../../models/contracts/index.ts';
import type { Graph, Model, Node, Patch } from '../../models/graph/index.ts';
import type { TargetProfile } from '../rules/target-profile.ts';

export type Precision = 'fp32' | 'fp16' | 'w8a8' | 'w8a16' | 'w4a8' | 'w4a16';

/** What a rewrite may look at besides the node. */
export interface RewriteContext {
  readonly model: Model;
  readonly graph: Graph;
  readonly opset: number;
  readonly target: TargetProfile;
  readonly precision: Precision;
  /** Exactness classes and face changes that the user allowed beyond `bit`, `exact`, `same`. */
  readonly allow: ReadonlySet<Exactness | FaceChange>;
  /** Contracts of graph inputs by name: the value ranges that a proof may rely on. */
  readonly contracts: ReadonlyMap<string, InputContract>;
}

/** A tensor that a patch permuted, parameter or activation: what an encodings file beside the model has to follow. */
export interface EncodingEffect {
  /** Name before, and after (the same where the old tensor goes). */
  readonly tensor: string;
  readonly as: string;
  /** Along `axis`, entry k is what was entry `order[k]`. */
  readonly axis: number;
  readonly order: readonly number[];
}

/** The rewrite fits here: the patch, and why. */
export interface Proposal {
  readonly kind: 'proposal';
  readonly patch: Patch;
  readonly nodes: readonly Node[];
  readonly reason: string;
  /** Where this place is safer or less safe than the rewrite as a whole. */
  readonly exactness?: Exactness;
  /** Figures for the log, e.g. int8 weight SNR, MACs, extra channels. */
  readonly facts?: Readonly<Record<string, string | number>>;
  /** Tensors that were permuted, for encodings files. */
  readonly encodings?: readonly EncodingEffect[];
  /** Ranges that a verification must draw its inputs from, by value name, where exactness holds only there. */
  readonly ranges?: ReadonlyMap<string, readonly [number, number]>;
}

/** The rewrite looked at this place and does not fit: the reason a person reads in the log. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly nodes: readonly Node[];
  readonly reason: string;
}

/** A rewrite as a value: what it looks at, and a patch or a reason for each place. Never edits. */
export interface Rewrite {
  readonly id: string;
  /** One line for `--help`, logs and `explain`. */
  readonly title: string;
  /** Formula and conditions, as `dyno explain ID` prints them. */
  readonly doc: string;
  /** Op types of the nodes that `match` is offered (ai.onnx domain); `*` is all of them. */
  readonly opTypes: readonly string[];
  readonly exactness: Exactness;
  readonly face: FaceChange;
  /** Null: nothing to say about this node. Must be idempotent: never proposes on its own result. */
  match(node: Node, context: RewriteContext): Proposal | Refusal | null;
}
