/** A stand-in of one program of Qualcomm's SDK. */
export interface Tool {
  readonly name: string;
  /** Does the work of one call and resolves to the exit code. Writes to stdout and stderr as the real program does. */
  run(args: readonly string[], call: ToolCall): Promise<number>;
}

export interface ToolCall {
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Version of the SDK that it stands in, e.g. `2.51.0.260929`. */
  readonly version: string;
  out(text: string): void;
  err(text: string): void;
}
