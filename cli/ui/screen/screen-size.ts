/** What a frame is drawn for. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  /** Milliseconds since the epoch, and a counter that turns the spinner. */
  readonly now: number;
  readonly frame: number;
  /** Somebody pressed Ctrl-C and the work is coming to rest. */
  readonly stopping: boolean;
}
