import type { Tensor } from '../onnx/tensor.ts';
import type { Node } from './node.ts';
import { UNKNOWN_TYPE, type ValueType } from './types.ts';

/** One place where a value is consumed. `index` is the input's position, or −1 where a subgraph of `node` captures the value by name. */
export interface Use {
  readonly node: Node;
  readonly index: number;
}

/** An SSA value of a graph: an input, an initializer, or one output of a node. */
export class Value {
  name: string;
  producer: Node | null = null;
  /** What is known of it: as stated, until `inferShapes` has run. */
  type: ValueType = UNKNOWN_TYPE;
  /** What the file, or the maker of a patch, states about it. */
  stated: ValueType = UNKNOWN_TYPE;
  /** Data of an initializer (also of one that callers may override); use `constant` for what a rewrite may rely on. */
  initializer: Tensor | null = null;
  isGraphInput = false;
  isGraphOutput = false;
  /** True when callers may feed another value in place of the initializer. */
  overridable = false;
  readonly uses = new Set<Use>();

  constructor(name: string) {
    this.name = name;
  }

  /** The value known before running: an initializer that nobody may override, or the output of a Constant node; else null. */
  get constant(): Tensor | null {
    if (this.initializer) return this.overridable ? null : this.initializer;
    return this.producer?.opType === 'Constant' && this.producer.isOnnx ? this.producer.constantOutput() : null;
  }

  /** Nodes that consume this value, each once, in no particular order. */
  get consumers(): Node[] {
    if (this.uses.size <= 1) return Array.from(this.uses, (use) => use.node);
    return [...new Set([...this.uses].map((use) => use.node))];
  }

  /** The only consumer, when there is exactly one use, by a node input, and the value is no graph output; else null. */
  get soleConsumer(): Node | null {
    if (this.uses.size !== 1 || this.isGraphOutput) return null;
    const [use] = this.uses;
    return use && use.index >= 0 ? use.node : null;
  }

  /** True when a subgraph captures the value by name. */
  get isCaptured(): boolean {
    for (const use of this.uses) if (use.index < 0) return true;
    return false;
  }
}
