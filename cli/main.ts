import { CommanderError } from 'commander';
import { DynoError } from '../models/contracts/errors.ts';
import { EXIT } from './exit-codes.ts';
import { type Interrupts, listenForInterrupts } from './interrupts.ts';
import type { Io } from './io.ts';
import { describeError } from './print-error.ts';
import { createProgram } from './program.ts';
import { createStyle, wantsColor } from './ui/style.ts';

/** The command line: parses, runs one command, prints what went wrong. Sets `exitCode` of the process and lets it end by itself. */
export async function main(args: readonly string[], host: Io & { exitCode?: number | string | null | undefined }): Promise<void> {
  const interrupts = listenForInterrupts(host);
  let lost: NodeJS.ErrnoException | null = null;
  const onStreamError = (error: NodeJS.ErrnoException): void => {
    if (lost) return;
    lost = error;
    host.exitCode = outputLost(error, host);
    interrupts.interrupt();
  };
  for (const stream of [host.stdout, host.stderr]) stream.on('error', onStreamError);
  try {
    const code = await run(args, host, interrupts);
    if (!lost) host.exitCode = code;
  } finally {
    interrupts.dispose();
  }
}

/** Whoever read our output had enough: that is no failure. Anything else, such as a full disk, is. */
function outputLost({ code, message }: NodeJS.ErrnoException, { stderr }: Io): number {
  if (code === 'EPIPE') return EXIT.ok;
  stderr.write(`error  Cannot write the output: ${code === 'ENOSPC' ? 'no space is left' : message}.\n`);
  return EXIT.couldNotRun;
}

async function run(args: readonly string[], io: Io, interrupts: Interrupts): Promise<number> {
  try {
    const code = await createProgram(io, interrupts)(args);
    return interrupts.exitCode() ?? code;
  } catch (error) {
    const interrupted = interrupts.exitCode();
    if (interrupted !== null) {
      io.stderr.write('Interrupted.\n');
      return interrupted;
    }
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.couldNotRun;
    const verbose = args.some((arg) => arg === '-v' || arg === '--verbose');
    io.stderr.write(`${describeError(error, createStyle(wantsColor(io.stderr, io.env)), verbose)}\n`);
    return error instanceof DynoError ? error.exitCode : EXIT.couldNotRun;
  }
}
