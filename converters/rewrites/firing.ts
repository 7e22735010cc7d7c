import type { Exactness } from '../../models/contracts/index.ts';
import type { Rewrite } from './rewrite.ts';
import type { CutOut } from './verify/cut-out.ts';

/** A patch that was applied, with what it takes to prove it or to ban it. */
export interface Firing {
  readonly rewrite: Rewrite;
  /** The same place in another run over the same model has the same key. */
  readonly key: string;
  readonly exactness: Exactness;
  /** Ranges that a verification must draw its inputs from, by value name. */
  readonly ranges: ReadonlyMap<string, readonly [number, number]>;
  /** Null where nothing is to be verified, or the place cannot be cut out. */
  readonly cutOut: CutOut | null;
}
