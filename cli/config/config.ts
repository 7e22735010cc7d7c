import type { Budgets } from '../../reports/gate/budgets-schema.ts';
import type { FarmSettings } from '../../device-harness/farms/farm.ts';
import type { InputContract } from '../../models/contracts/input-contract.ts';
import type { SweepFile } from '../sweep/sweep-file.ts';

type Loose<T> = { [K in keyof T]?: T[K] | undefined };

/** A model as a config names it. What its contract leaves out is read off the model. */
export interface ModelEntry {
  readonly path: string;
  readonly input?: Loose<InputContract> | undefined;
}

export type ReportKind = 'html' | 'md' | 'json' | 'junit' | 'sarif' | 'csv';

export interface CoremlSettings {
  readonly minIos: number;
  readonly precision: 'fp16' | 'fp32';
  readonly input: 'image' | 'tensor';
  readonly imageOutput: boolean;
  /** As of `--weights`; null leaves them as they are. */
  readonly weights: string | null;
  readonly keepFp32: readonly string[];
}

export interface PhoneSettings {
  /** Folder of Qualcomm's SDK; null looks for it. */
  readonly sdk: string | null;
  /** Chip in place of what the phone says of itself. */
  readonly chip: string | null;
  readonly perf: 'burst' | 'sustained' | 'balanced';
  readonly link: 'appium' | 'adb';
  /** What makes the artifact that is sent: the compiler on this machine, or the SDK's older or newer chain of tools. */
  readonly chain: 'compiler' | 'qnn' | 'qairt';
  /** Cycles by operation, in a run of its own. */
  readonly operations: boolean;
}

/** A data set as a config names it. */
export interface DatasetSettings {
  readonly hr: string;
  readonly lr?: string | undefined;
  readonly degrade?: string | undefined;
  /** Patterns of file names by tag, or a JSON file of them. */
  readonly tags?: string | Readonly<Record<string, readonly string[]>> | undefined;
}

/** The settings of one invocation, complete: flags, environment, config file and defaults merged. Paths are absolute. */
export interface Config {
  readonly models: Readonly<Record<string, ModelEntry>>;
  readonly targets: readonly string[];
  readonly images: string | { readonly hr: string; readonly lr: string } | null;
  readonly seed: number;
  readonly rewrite: {
    readonly only: readonly string[];
    readonly skip: readonly string[];
    readonly allow: readonly ('border' | 'approximate' | 'layout' | 'dtype' | 'subset' | 'static')[];
    readonly verify: 'off' | 'quick' | 'full';
    readonly opset: number | null;
  };
  readonly quantize: {
    readonly scheme: 'w8a8' | 'w8a16' | 'w4a8' | 'w4a16' | 'w8';
    readonly methods: readonly ('minmax' | 'percentile' | 'mse' | 'auto')[];
    readonly percentile: number;
    readonly images: number;
  };
  readonly convert: {
    /** The package that a run makes for the first Neural Engine among the targets; false makes none. */
    readonly coreml: false | CoremlSettings;
  };
  readonly bench: {
    /** Devices; they are measured at the same time. */
    readonly on: readonly string[];
    /** Each device takes those that it has; none given means each device's own. */
    readonly units: readonly string[];
    readonly profile: 'quick' | 'default' | 'rigorous';
    readonly rounds: readonly [number, number];
    readonly size: number;
    readonly wait: number;
    /** Blocks one after the other, or each model at a frame rate for a while. */
    readonly mode: 'burst' | 'sustained';
    readonly fps: number;
    readonly seconds: number;
  };
  /** How Snapdragon phones are reached and told to work. */
  readonly phone: PhoneSettings;
  /** Appium endpoints elsewhere, by the name that `farm:NAME` has. */
  readonly farms: Readonly<Record<string, FarmSettings>>;
  readonly quality: {
    readonly metrics: readonly string[];
    readonly on: readonly string[];
    readonly tile: number;
    /** Named data sets; none means the pictures of the config. */
    readonly datasets: Readonly<Record<string, DatasetSettings>>;
    /** Those of them that are looked at; none means all. */
    readonly use: readonly string[];
    /** How low-resolution images are made worse where a data set does not say it. */
    readonly degrade: string | null;
    /** Interpolations beside the models. */
    readonly baselines: readonly string[];
  };
  readonly gate: Omit<Budgets, '$schema'>;
  readonly base: string | null;
  readonly outputs: Readonly<Partial<Record<ReportKind, string>>>;
  /** The table that `dyno sweep` makes where no other config is named. */
  readonly sweep: SweepFile | null;
  readonly runs: string;
}
