import type { Node } from '../../../models/graph/index.ts';
import type { LowerContext } from './context.ts';

/** Puts operations for one node into the plan and binds its outputs. Throws Refused, with the reason, for what Core ML has no form of. */
export type Lowerer = (node: Node, context: LowerContext) => void;
