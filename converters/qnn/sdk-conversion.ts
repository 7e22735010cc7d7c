import { basename } from 'node:path';
import type { NamedArrays } from '../../models/contracts/index.ts';
import type { Model, Value } from '../../models/graph/index.ts';
import type { OnnxModel } from '../../models/onnx/index.ts';
import type { EncodingsFile } from '../encodings/index.ts';
import type { HtpSoc } from '../rules/index.ts';
import type { QnnChain, QnnForm, QnnPrecision } from './chain-request.ts';
import { identifier } from './match-faces.ts';
import type { QnnSdk } from './sdk.ts';
import type { ToolEnvironment } from './tool-environment.ts';
import type { ToolRunner } from './tool-runner.ts';

/** One conversion by the user's SDK. */
export interface SdkConversion {
  readonly sdk: QnnSdk;
  readonly python: string;
  readonly environment: ToolEnvironment;
  readonly runner: ToolRunner;
  readonly chain: QnnChain;
  readonly form: QnnForm;
  readonly precision: QnnPrecision;
  readonly soc: HtpSoc;
  readonly modelPath: string;
  readonly onnx: OnnxModel;
  /** With static shapes. */
  readonly model: Model;
  /** Sizes of inputs that the file leaves open. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** What calibration sees, in the model's own layout; null for none. */
  readonly feeds: readonly NamedArrays[] | null;
  readonly encodings: EncodingsFile | null;
  readonly preserveIo: boolean;
  /** Folder that the work is done in and that stays; null for one that goes. */
  readonly keep: string | null;
  /** Folder of the result. */
  readonly out: string;
  /** For each call of a tool. */
  readonly timeoutMs: number;
  /** Environment of this process: where the cache lies, what tools inherit. */
  readonly base: NodeJS.ProcessEnv;
  readonly progress: (title: string, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** A name that every tool leaves as it is. */
export function graphName(modelPath: string): string {
  return identifier(basename(modelPath).replace(/\.onnx$/i, ''));
}

/** Inputs without the weights that old files list among them. */
export function realInputs({ graph }: Model): Value[] {
  return graph.inputs.filter(({ initializer }) => !initializer);
}

/** What the documents say of a converted model's axes: the older converter puts channels last unless it leaves layouts alone. */
export function spatialFirst({ chain, preserveIo }: Pick<SdkConversion, 'chain' | 'preserveIo'>): boolean {
  return chain === 'qnn' && !preserveIo;
}
