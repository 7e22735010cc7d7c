import type { PackedArray } from '../../../models/run/transfer.ts';
import type { BlockRules } from '../../method/block-rules.ts';

/** What a block process is asked, once. */
export interface BlockRequest extends BlockRules {
  readonly modelPath: string;
  readonly feed: readonly PackedArray[];
  /** Intra-op threads; null leaves them to the runtime. */
  readonly threads: number | null;
  /** Folder for outputs; null keeps none. */
  readonly outputsTo: string | null;
}

export interface BlockAnswer {
  readonly startedAt: string;
  readonly loadMs: number;
  readonly firstMs: number;
  readonly warmUpRuns: number;
  readonly stable: boolean;
  readonly samples: Float64Array;
  /** Peak resident memory of the whole block process, Node included. */
  readonly peakMemoryBytes: number;
  /** Share of all cores that other processes took during the timed part, 0…1. */
  readonly foreignLoad: number;
  readonly outputSha256: Readonly<Record<string, string>>;
  readonly outputs: readonly PackedArray[] | null;
}
