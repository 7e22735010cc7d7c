import type { DType } from '../../../../models/contracts/dtype.ts';

/** An operation of a graph, as a profile names it. */
export interface Operation {
  readonly name: string;
  readonly macs: number;
  /** Fused into the operation before it: it takes no cycles of its own. */
  readonly fused: boolean;
}

export interface GraphModel {
  /** Element types of inputs and outputs by name. */
  readonly types: ReadonlyMap<string, DType>;
  readonly operations: readonly Operation[];
}
