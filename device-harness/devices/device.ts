import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { Evidence } from '../../models/contracts/evidence.ts';
import type { OperationPlacement } from '../../models/contracts/placement.ts';
import type { Block, OperationProfile, SustainedRecord } from '../../models/contracts/records.ts';
import type { QnnArtifact } from '../../converters/qnn/artifact.ts';
import type { TimedPart, WarmUpRule } from '../method/block-rules.ts';

/**
 * Something that times a model, from this machine (at once) over a phone (minutes) to a bundle that travels (days). Work goes in as
 * a batch, is polled, and comes back block by block; `collect` may be called at any time and again.
 */
export interface Device {
  /** Selector text, e.g. `host` or `iphone:UDID`. */
  readonly selector: string;
  /** For people: `Intel Xeon, 2 cores`. */
  readonly label: string;
  readonly capabilities: DeviceCapabilities;
  /** Throws UserError for a unit that it does not have, before anything is measured. */
  checkUnit?(unit: string): void;
  /** Whether a block would be undisturbed now. */
  readiness(signal?: AbortSignal): Promise<Readiness>;
  /** Takes the batch over. Throws UserError for a unit or model form it does not have. */
  submit(batch: Batch, signal?: AbortSignal): Promise<Ticket>;
  poll(ticket: Ticket): Promise<TicketStatus>;
  /** Every block that has finished so far, in the order taken. */
  collect(ticket: Ticket): Promise<BlockReport[]>;
  /** Where the time goes, in a run of its own. Absent where the device cannot tell. */
  profile?(variant: Variant, unit: string, signal?: AbortSignal): Promise<OperationProfile>;
  /** Runs a model at a frame rate for a while. Absent where the device cannot. */
  sustain?(variant: Variant, unit: string, load: SustainedLoad, signal?: AbortSignal): Promise<SustainedRecord>;
  close(): Promise<void>;
}

export interface DeviceCapabilities {
  /** Compute units by the names that blocks ask for, e.g. `cpu:1`, `ane`. */
  readonly units: readonly string[];
  /** Evidence that a time from here carries. */
  readonly evidence: Evidence;
  /** Blocks that go into one batch: 1 where each can be looked at before the next, more where a round trip is dear. */
  readonly blocksPerBatch: number;
  /** Milliseconds between two polls that make sense. */
  readonly pollMs: number;
  /** Commands can be run on it. */
  readonly shell: boolean;
  /** Largest file it takes in one piece; null where nothing is sent. */
  readonly pushBytes: number | null;
  /** What is known about heat: nothing, a few states, a temperature. */
  readonly thermal: 'none' | 'states' | 'temperature';
  /** It tells which unit ran which node. */
  readonly plan: boolean;
  /** Outputs come back, so that parity can be checked. */
  readonly outputs: boolean;
  readonly peakMemory: boolean;
}

export interface Readiness {
  readonly ready: boolean;
  /** The thermal state as text; null where unknown. */
  readonly thermal: string | null;
  /** Why it is not ready. */
  readonly reason: string | null;
}

/** One model in one form with the feed that it is timed on. */
export interface Variant {
  readonly id: string;
  readonly modelPath: string;
  readonly sha256: string;
  readonly feed: NamedArrays;
  /** What is sent to a phone in its place, by unit. Faces differ from the model's: `feed` is in the model's own words. */
  readonly artifacts?: ReadonlyMap<string, QnnArtifact>;
  /** Why there is no artifact for a unit. */
  readonly missing?: ReadonlyMap<string, string>;
}

export interface SustainedLoad {
  readonly framesPerSecond: number;
  readonly seconds: number;
}

/** One fresh launch of one variant on one unit. */
export interface BlockSpec {
  readonly variant: string;
  readonly unit: string;
  readonly round: number;
  /** Position in the interleaved schedule; a repeated block keeps it. */
  readonly order: number;
}

export interface Batch {
  readonly variants: readonly Variant[];
  readonly blocks: readonly BlockSpec[];
  readonly warmUp: WarmUpRule;
  readonly timed: TimedPart;
  /** Bring the outputs of each block back, besides their hashes. */
  readonly keepOutputs: boolean;
}

export interface Ticket {
  readonly id: string;
}

export interface TicketStatus {
  readonly state: 'queued' | 'running' | 'finished';
  readonly finished: number;
  readonly total: number;
  readonly note: string | null;
}

/** How one block ended. JSON but for `outputs`, so that a run can be resumed from what it wrote down. */
export type BlockReport = FinishedBlock | FailedBlock;

export interface FinishedBlock {
  readonly ok: true;
  readonly spec: BlockSpec;
  readonly block: Block;
  readonly effectiveUnit: string;
  readonly peakMemoryBytes: number | null;
  readonly outputSha256: Readonly<Record<string, string>> | null;
  readonly warnings: readonly string[];
  readonly outputs?: NamedArrays;
  /** What the device was told and what ran there. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Evidence `planned`. */
  readonly placement?: OperationPlacement;
}

export interface FailedBlock {
  readonly ok: false;
  readonly spec: BlockSpec;
  readonly message: string;
  /** The last that the runtime said. */
  readonly output: string;
}
