/** What the server process is told when it starts. */
export interface StartRequest {
  /** Folder of the `appium` package. */
  readonly appium: string;
  readonly home: string;
  readonly port: number;
  readonly drivers: readonly string[];
  readonly allowInsecure: readonly string[];
  readonly logFile: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What it says: that it listens, or why it does not. */
export type StartReply = { readonly ok: true } | { readonly ok: false; readonly message: string };
