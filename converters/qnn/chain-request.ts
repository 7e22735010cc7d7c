import { UserError } from '../../models/contracts/index.ts';
import type { HtpSoc } from '../rules/index.ts';
import type { QnnArtifact } from './artifact.ts';
import type { QnnSdk } from './sdk.ts';
import type { ToolEnvironment } from './tool-environment.ts';

export type QnnChain = 'qnn' | 'qairt';

export const QNN_PRECISIONS = ['fp32', 'fp16', 'w8a8', 'w8a16', 'w4a8'] as const;

export type QnnPrecision = (typeof QNN_PRECISIONS)[number];

export type QnnForm = QnnArtifact['form'];

/** Everything that a chain is planned from: the plan is a pure function of it. */
export interface ChainRequest {
  readonly chain: QnnChain;
  readonly form: QnnForm;
  readonly precision: QnnPrecision;
  readonly sdk: QnnSdk;
  /** Interpreter of the SDK's scripts. */
  readonly python: string;
  readonly environment: ToolEnvironment;
  /** Flags of each tool, as its `--help` lists them. */
  readonly flags: ReadonlyMap<string, ReadonlySet<string>>;
  /** The ONNX file that the converter reads; absolute. */
  readonly model: string;
  /** Name that the graph is to have. */
  readonly graph: string;
  /** Sizes to pass, of inputs that the file leaves open. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Input list for calibration, relative to the work folder; null for none. */
  readonly inputList: string | null;
  /** Whether raw files are in the types of the model; float32 otherwise. */
  readonly nativeInputs: boolean;
  /** Encodings file, relative to the work folder; null for none. */
  readonly overrides: string | null;
  /** Inputs and outputs stay in layout and type as in the model. */
  readonly preserveIo: boolean;
  /** Chip that the context is made for. */
  readonly soc: HtpSoc;
  /** Folder that everything is written into; absolute. */
  readonly work: string;
}

/** One call of a tool. */
export interface Step {
  readonly tool: string;
  /** For people: `convert the model`. */
  readonly title: string;
  /** Program and arguments; paths are absolute or relative to `cwd`. */
  readonly command: readonly string[];
  readonly env: ToolEnvironment;
  readonly cwd: string;
  /** Files that it has to write, relative to `cwd`. */
  readonly produces: readonly string[];
}

/** A text file that has to lie in the work folder before the first step. */
export interface PlannedFile {
  readonly path: string;
  readonly text: string;
}

/** What a chain does, in order. */
export interface ChainPlan {
  readonly steps: readonly Step[];
  /** Folders to make, relative to the work folder. */
  readonly folders: readonly string[];
  readonly files: readonly PlannedFile[];
  /** What is shipped, relative to the work folder. */
  readonly shipped: string;
  /** Where names, types and axes of the faces are read from. */
  readonly faces: { readonly path: string; readonly kind: 'net-json' | 'context-json' };
}

/** Bits of weights and activations; null for float. */
export function bitsOf(precision: QnnPrecision): { readonly weights: number; readonly activations: number } | null {
  const [, weights, activations] = /^w(\d+)a(\d+)$/.exec(precision) ?? [];
  return weights === undefined ? null : { weights: Number(weights), activations: Number(activations) };
}

/** The first of several names of a flag that this build of the tool has. Throws UserError that names the SDK where it has none. */
export function flagOf({ flags, sdk }: Pick<ChainRequest, 'flags' | 'sdk'>, tool: string, ...names: readonly string[]): string {
  const known = flags.get(tool);
  const found = names.find((name) => known?.has(name));
  if (found !== undefined) return found;
  throw new UserError(`${tool} of SDK ${sdk.version ?? sdk.root} has no ${names.join(' or ')}.`, ['Take another SDK (--sdk DIR) or the other chain (--chain qnn, --chain qairt).']);
}

/** The flag with its values where this build has it; nothing otherwise. */
export function optional({ flags }: Pick<ChainRequest, 'flags'>, tool: string, name: string, ...values: readonly string[]): string[] {
  return flags.get(tool)?.has(name) ? [name, ...values] : [];
}
