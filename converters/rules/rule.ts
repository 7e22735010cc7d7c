import type { Confidence, Severity } from '../../models/contracts/index.ts';
import type { Model, Node, Value } from '../../models/graph/index.ts';
import type { Precision } from '../rewrites/rewrite.ts';
import type { SdkVersion } from './sdk-version.ts';
import type { TargetProfile } from './target-profile.ts';

/** What a rule may look at. */
export interface RuleContext {
  readonly model: Model;
  readonly target: TargetProfile;
  readonly precision: Precision;
  /** True when the model carries QuantizeLinear/DequantizeLinear pairs. */
  readonly quantized: boolean;
  /** Nodes that only compute shapes and indices: they vanish when shapes are static and say nothing about placement. */
  readonly shapeOnly: ReadonlySet<Node>;
  /** True where the graph stands for a Core ML program: its element types are those that it computes in, and foreign nodes are operations of MIL. */
  readonly program: boolean;
  /** Largest magnitude seen per value on the user's own images, where somebody ran them. */
  readonly magnitudes: ReadonlyMap<string, number>;
  /** Constants by value, decoded once. */
  numbers(value: Value | null): Float64Array | null;
}

/** One place where a rule holds. */
export interface Hit {
  readonly value?: Value | null;
  /** Fills `{detail}` of the rule's message. */
  readonly detail?: string;
  /** Findings with the same cause are mended by one change; by default the rule and the node. */
  readonly cause?: string;
  readonly severity?: Severity;
}

/** A compatibility rule as data: what the vendor's unit does with something, and how that is known. Its findings are `predicted`. */
interface RuleFacts {
  /** `ane/…` or `htp/…`. */
  readonly id: string;
  readonly title: string;
  /** First and last generation (H-family or Hexagon version) that the rule speaks of; open where null. */
  readonly generations?: readonly [number | null, number | null];
  /** It speaks of SDKs before this one only; what came since does it right, as tried. */
  readonly beforeSdk?: SdkVersion;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** Why, as a sentence; `{op}`, `{node}`, `{shape}` and `{detail}` are filled in. */
  readonly message: string;
  readonly remedy: string;
  /** Ids of rewrites that mend it. */
  readonly rewrites?: readonly string[];
  readonly sources: readonly string[];
}

export interface NodeRule extends RuleFacts {
  readonly scope: 'node';
  /** Op types of ai.onnx that it looks at, or every node. */
  readonly opTypes: readonly string[] | '*';
  readonly when: (node: Node, context: RuleContext) => Hit | readonly Hit[] | null;
}

/** A rule about the model as a whole: its face, its dimensions. */
export interface GraphRule extends RuleFacts {
  readonly scope: 'graph';
  readonly when: (context: RuleContext) => Hit | readonly Hit[] | null;
}

export type Rule = NodeRule | GraphRule;
