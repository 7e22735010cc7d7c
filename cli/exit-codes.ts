/** What the process ends with. */
export const EXIT = {
  ok: 0,
  /** A finding at or above `--fail-on`, or a gate, failed. */
  failed: 1,
  /** Could not run: usage, config, input, a missing tool. */
  couldNotRun: 2,
  /** Measured, but no verdict; only with `--strict`. */
  inconclusive: 3,
  interrupted: 130,
  terminated: 143,
} as const;
