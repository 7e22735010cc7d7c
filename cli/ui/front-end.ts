import type { Emit } from '../../models/contracts/events.ts';

export type Format = 'pretty' | 'plain' | 'json' | 'jsonl';

/** Shows events as they come; `close` waits until the last of them is on the screen. */
export interface FrontEnd {
  readonly emit: Emit;
  close(): Promise<void>;
}
