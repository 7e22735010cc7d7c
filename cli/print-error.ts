import { BugError, DynoError, ExternalError, UserError } from '../models/contracts/errors.ts';
import type { Style } from './ui/style.ts';

const LAST_LINES = 12;

/** What a person reads when something failed: the message, what to do, and with `verbose` where it happened. */
export function describeError(error: unknown, style: Style, verbose: boolean): string {
  const known = error instanceof DynoError ? error : systemFailure(error);
  const lines = known ? expected(known, style) : unexpected(error, style);
  if (verbose) lines.push('', style.dim(traceOf(error)));
  else if (!known) lines.push('  → Run it again with -v for the trace, and report it with that.');
  return lines.join('\n');
}

const SYSTEM: Readonly<Record<string, readonly [message: string, nextStep: string]>> = {
  ENOSPC: ['No space is left on the disk', 'Free some, or point TMPDIR (temporary files) and DYNO_CACHE at another disk.'],
  EDQUOT: ['Your share of the disk is used up', 'Free some, or point TMPDIR (temporary files) and DYNO_CACHE at another disk.'],
  EROFS: ['That disk can only be read', 'Name another place for what is written.'],
  EACCES: ['Permission is denied', 'Look at the rights of that file and its folder.'],
};

/** What the system refused, wherever it did. */
function systemFailure(error: unknown): UserError | null {
  const { code, path } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  const known = code === undefined ? undefined : SYSTEM[code];
  return known ? new UserError(`${known[0]}${path === undefined ? '' : `: ${path}`}.`, [known[1]]) : null;
}

function expected(error: DynoError, style: Style): string[] {
  const lines = [`${style.red('error')}  ${error.message}`];
  if (error instanceof ExternalError) lines.push(...outputOf(error, style));
  lines.push(...error.nextSteps.map((step) => `  ${style.cyan('→')} ${step}`));
  if (error instanceof BugError)
    lines.push('  This is a defect of dyno. Please report it: the command, the model if you may share it, and what -v prints.');
  return lines;
}

function outputOf(error: ExternalError, style: Style): string[] {
  const said = error.output
    .trim()
    .split('\n')
    .filter((line) => line.trim() !== '' && !error.message.includes(line.trim()))
    .slice(-LAST_LINES);
  return said.length === 0 ? [] : [style.dim(`  ${error.command} said:`), ...said.map((line) => style.dim(`  │ ${line}`))];
}

function unexpected(error: unknown, style: Style): string[] {
  return [`${style.red('error')}  dyno failed in a way that it should not: ${error instanceof Error ? error.message : String(error)}`];
}

function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${traceOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
