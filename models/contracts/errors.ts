/** The error tree. Expected failures are one of these three; anything else that is thrown is a bug of ours. */

/** Base of every error `dyno` reports. `exitCode` is what the process ends with; `nextSteps` are commands or actions the reader can take. */
export abstract class DynoError extends Error {
  abstract readonly exitCode: number;
  readonly nextSteps: readonly string[];

  constructor(message: string, nextSteps: readonly string[] = [], options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.nextSteps = nextSteps;
  }
}

/** Something the user can mend: a path, a flag, a file, a model. Always says how. */
export class UserError extends DynoError {
  readonly exitCode = 2;
}

/** Another program, or a native library in a child process, failed. Carries what was run and the last of what it printed. */
export class ExternalError extends DynoError {
  readonly exitCode = 2;
  readonly command: string;
  readonly output: string;

  constructor(message: string, command: string, output: string, nextSteps: readonly string[] = [], options?: ErrorOptions) {
    super(message, nextSteps, options);
    this.command = command;
    this.output = output;
  }
}

/** An invariant of ours does not hold. The message says what to attach to a report. */
export class BugError extends DynoError {
  readonly exitCode = 2;
}
