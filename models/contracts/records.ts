import type { Evidence } from './evidence.ts';
import type { OperationPlacement } from './placement.ts';

export type Exactness = 'bit' | 'exact' | 'border' | 'approximate';
export type FaceChange = 'same' | 'layout' | 'dtype' | 'subset' | 'static';

/** The outcome of comparing two executions of the same function. */
export interface Comparison {
  readonly evidence: Evidence;
  /** max |a − b| over all outputs. */
  readonly maxAbs: number;
  /** maxAbs over the range (max − min) of the reference output; 0 where both are constant and equal. */
  readonly maxRelToRange: number;
  readonly bitEqual: boolean;
  /** Number of seeded inputs that were run. */
  readonly inputs: number;
}

/** A few nodes of a graph as they are drawn or printed: what a rewrite looked at, and what it put there. */
export interface GraphPicture {
  /** In execution order. `changed`: taken out (before) or put in (after); else a neighbour that stays. */
  readonly nodes: readonly { readonly id: string; readonly opType: string; readonly name: string; readonly detail: string; readonly changed: boolean }[];
  /** `from` and `to` are node ids; null stands for what lies outside of the picture. `label`: element type and shape, where known; with the name where it is an input or output of the model. */
  readonly edges: readonly { readonly from: string | null; readonly to: string | null; readonly label: string }[];
  /** Nodes (of a value with very many uses: uses) that the picture leaves out because there are too many. */
  readonly omitted: number;
}

/** One line of the rewrite log: a rewrite looked at a place and fired, or refused and says why. */
export interface RewriteRecord {
  readonly rewrite: string;
  readonly outcome: 'fired' | 'refused' | 'skipped';
  /** Names of the nodes it looked at (`#index OpType` where unnamed). */
  readonly nodes: readonly string[];
  readonly scope: string | null;
  readonly reason: string;
  readonly exactness: Exactness;
  readonly face: FaceChange;
  /** Nodes and MACs before and after, when it fired. */
  readonly nodesBefore?: number;
  readonly nodesAfter?: number;
  readonly macsBefore?: number;
  readonly macsAfter?: number;
  /** Comparison of the cut-out subgraph before and after. */
  readonly verified?: Comparison;
  /** Figures a rewrite wants shown, e.g. int8 weight SNR before and after, extra channels carried. */
  readonly facts?: Readonly<Record<string, string | number>>;
  /** The place before and after, when it fired and the picture is small enough to be kept. */
  readonly picture?: { readonly before: GraphPicture; readonly after: GraphPicture };
}

/** Everything a rewriting of one model for one target did. */
export interface RewriteLog {
  readonly target: string;
  readonly precision: string;
  readonly records: readonly RewriteRecord[];
  readonly nodesBefore: number;
  readonly nodesAfter: number;
  readonly maxRankBefore: number | null;
  readonly maxRankAfter: number | null;
  readonly whole?: Comparison;
}

/** Raw times of one load of one variant: a fresh launch, but on iPhones, which take the blocks of a batch in one. */
export interface Block {
  /** Milliseconds, in the order taken. */
  readonly samples: readonly number[];
  readonly loadMs: number;
  /** Loading once more what was compiled when it was loaded first; absent where nothing is. */
  readonly warmLoadMs?: number;
  readonly firstMs: number;
  readonly warmup: { readonly runs: number; readonly stable: boolean };
  /** ISO time of the start, and position in the interleaved schedule. */
  readonly startedAt: string;
  readonly order: number;
  /** Round of the schedule: blocks of one round and unit were taken side by side and are compared as pairs. */
  readonly round?: number;
  readonly thermal: string | null;
  /** What disturbed this block, where something did: another process, a thermal change, drift. */
  readonly disturbed?: string;
  /** Where the tool keeps no single times: what it says of all runs together. `samples` then holds the mean alone. */
  readonly summary?: { readonly runs: number; readonly meanMs: number; readonly minMs: number | null; readonly maxMs: number | null };
  /** Mean time of one inference on the accelerator alone, without the share of driver, bus and tool. */
  readonly acceleratorMs?: number;
}

export interface Measurement {
  /** Variant id, e.g. `original-fp32`. */
  readonly variant: string;
  /** Device selector text and compute unit, requested and effective. */
  readonly device: string;
  readonly unit: string;
  readonly effectiveUnit: string;
  readonly evidence: Evidence;
  readonly modelSha256: string;
  readonly inputShapes: Readonly<Record<string, readonly number[]>>;
  readonly blocks: readonly Block[];
  /** Disturbed blocks that were measured again and that `blocks` therefore does not count. */
  readonly replaced?: readonly Block[];
  /** SHA-256 of each output's bytes, the same in every block; absent where the device returns none. */
  readonly outputSha256?: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  readonly peakMemoryBytes: number | null;
  /** What a phone was told and what ran there: performance profile, runtime build, link, form of the model. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Operation by operation, as the system planned it, where it tells: evidence `planned`. */
  readonly placement?: OperationPlacement;
  /** Its outputs against those of ONNX Runtime here, and against the emulator of the same chip. */
  readonly verified?: readonly OutputComparison[];
}

/** A device that something was measured on. */
export interface DeviceRecord {
  /** Selector text, as measurements name it. */
  readonly device: string;
  readonly label: string;
  /** `Android 15 (VIRTUAL)`; null where the environment of the run says it. */
  readonly system: string | null;
  readonly chip: string | null;
  readonly evidence: Evidence;
  /** Versions of what ran there and of what drove it. */
  readonly tools: Readonly<Record<string, string>>;
}

/** Outputs of one model from a device against a reference. */
export interface OutputComparison {
  readonly evidence: 'verified(host)' | 'verified(emulator)' | 'verified(simulated)' | 'verified(device)';
  /** Executor that gave the reference: `host`, `emulator:SM8550`. */
  readonly against: string;
  /** The output that agrees least. */
  readonly output: string;
  readonly bitEqual: boolean;
  /** Null where one of them is not finite. */
  readonly maxAbs: number | null;
  /** Signal over difference; null where equal. */
  readonly db: number | null;
  /** Whether rounding of the arithmetic at hand explains the difference. */
  readonly explained: boolean;
}

/** Where the time of one variant goes, operation by operation, from a run of its own: profiling costs time itself. */
export interface OperationProfile {
  readonly variant: string;
  readonly device: string;
  readonly unit: string;
  readonly evidence: Evidence;
  readonly level: 'detailed' | 'optrace';
  /** Cycles of one inference; operations overlap, so that theirs need not add up to it. */
  readonly cycles: number | null;
  readonly operations: readonly {
    /** As the tool names it. */
    readonly name: string;
    readonly opType: string | null;
    /** Node of the ONNX model; null where the name leads to none. */
    readonly node: string | null;
    readonly cycles: number;
  }[];
}

/** One model at a frame rate for a while. */
export interface SustainedRecord {
  readonly variant: string;
  readonly device: string;
  readonly unit: string;
  readonly evidence: Evidence;
  readonly framesPerSecond: number;
  readonly seconds: number;
  readonly frames: number;
  /** Frames that were not ready when the next one came. */
  readonly missed: number;
  /** Milliseconds by frame, in order; thinned to at most 1,000. */
  readonly samples: readonly number[];
  /** Of the process that runs the model; null where the device does not tell. */
  readonly cpuSeconds: number | null;
  readonly energyJoules: number | null;
  readonly health: readonly { readonly atSeconds: number; readonly text: string }[];
  readonly warnings: readonly string[];
}

/** Quality of one model on one set of images under one named protocol. */
export interface QualityRecord {
  readonly variant: string;
  readonly protocol: string;
  readonly dataset: string;
  readonly executor: string;
  readonly evidence: Evidence;
  readonly unit: 'dB' | '' | string;
  readonly mean: number;
  readonly perImage: readonly { readonly image: string; readonly value: number }[];
  readonly note: string | null;
  /** Versions of tools that the value depends on, a vendor's or a metric's file. */
  readonly tools?: Readonly<Record<string, string>>;
  /** Which values are good, where high ones are not: low ones, or those near 1. */
  readonly better?: 'lower' | 'one';
  /** The part of the data set that it is about; absent: all of it. */
  readonly tag?: string;
  /** How low-resolution images were made worse, and the seed; absent where the protocol says all. */
  readonly degradation?: string;
  /** What outputs were compared with, where that is another model: its variant and executor. */
  readonly against?: string;
}

/** What a vendor's compiler made of a variant for one chip. Evidence `compiled`: its own figures, the same each time for the same tools and options. */
export interface CompiledRecord {
  readonly variant: string;
  /** Selector of the chip, e.g. `htp:SM8550`. */
  readonly target: string;
  /** Generation of the unit, e.g. `v73`. */
  readonly generation: string;
  /** Versions of the compiler and what drives it; figures hold for these. */
  readonly tools: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  /** Graphs on the unit: 1 where the model is whole, 0 where nothing was taken. */
  readonly segments: number;
  readonly unitNodes: number;
  /** Operators left on the CPU, those that the provider puts in included. */
  readonly cpuNodes: number;
  readonly onCpu: readonly { readonly node: string; readonly opType: string; readonly reason: string | null }[];
  /** Every node of the model where the compiler put it, in file order; absent in records of older versions. */
  readonly placement?: OperationPlacement;
  /** DDR bytes of one inference, all graphs together; reads and writes include fills and spills. Null where no graph came out. */
  readonly traffic: { readonly readBytes: number; readonly writeBytes: number; readonly spillBytes: number; readonly fillBytes: number } | null;
  /** Bytes that must cross the bus at least: inputs, outputs and weights as they are, and with one byte for each input and output value. */
  readonly least: { readonly ownFace: number; readonly uint8Face: number } | null;
  /** The context binary. */
  readonly context: { readonly bytes: number; readonly sha256: string } | null;
  /** Why no graph came out although nodes were accepted. */
  readonly failure: string | null;
  /** The emulated output that is nearest to what its arithmetic explains, against ONNX Runtime; `db` null where equal. */
  readonly verified: { readonly output: string; readonly db: number | null; readonly floor: number } | null;
  readonly note: string | null;
}

/** A Core ML package of a variant, compared on this machine with the model that it was made of. */
export interface PackageRecord {
  readonly variant: string;
  readonly target: string;
  /** Where it lies, in the run's folder. */
  readonly file: string;
  readonly bytes: number;
  /** Least system that it runs on, e.g. `iOS 16`. */
  readonly system: string;
  readonly precision: 'fp16' | 'fp32';
  /** How weights are stored, e.g. `palette4`; null where they are as the model has them. */
  readonly weights: string | null;
  /** Operations by type, the most frequent first; constants are none. */
  readonly operations: readonly { readonly type: string; readonly count: number }[];
  /** Operations of an fp16 package that compute in float32 although nobody asked for it. */
  readonly islands: number;
  readonly tools: Readonly<Record<string, string>>;
  /** The output that agrees least; `db` null where all are equal. `explained`: rounding alone may do that. */
  readonly verified: { readonly output: string; readonly db: number | null; readonly floor: number; readonly explained: boolean } | null;
  readonly notes: readonly string[];
}

/** What was run on, for reports and for comparing like with like. */
export interface Environment {
  readonly dyno: string;
  readonly node: string;
  readonly os: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly libraries: Readonly<Record<string, string>>;
}
