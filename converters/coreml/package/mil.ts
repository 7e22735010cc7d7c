import type { MilConstant } from './constant.ts';
import type { MilType } from './mil-type.ts';

/** A program in MIL: functions by name. */
export interface MilProgram {
  readonly version: number;
  readonly functions: ReadonlyMap<string, MilFunction>;
}

export interface MilFunction {
  readonly name: string;
  /** `CoreML5` to `CoreML9`: iOS 15 to 18, and 26. */
  readonly opset: string;
  readonly inputs: readonly MilNamedType[];
  readonly body: MilBlock;
}

export interface MilBlock {
  readonly inputs: readonly MilNamedType[];
  readonly outputs: readonly string[];
  readonly operations: readonly MilOperation[];
}

export interface MilOperation {
  readonly type: string;
  /** What its `name` attribute says, else the name of its first output. */
  readonly name: string;
  /** Arguments by parameter; lists of values have several. */
  readonly inputs: ReadonlyMap<string, readonly MilArgument[]>;
  readonly outputs: readonly MilNamedType[];
  readonly attributes: ReadonlyMap<string, MilConstant>;
  readonly blocks: readonly MilBlock[];
}

/** The name of another operation's output, or a value in place. */
export type MilArgument = string | MilConstant;

export interface MilNamedType {
  readonly name: string;
  readonly type: MilType;
}
