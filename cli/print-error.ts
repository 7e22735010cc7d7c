import { BugError, DynoError, ExternalError } from '../models/contracts/errors.ts';
import type { Style } from './ui/style.ts';

const LAST_LINES = 12;

/** What a person reads when something failed: the message, what to do, and with `verbose` where it happened. */
export function describeError(error: unknown, style: Style, verbose: boolean): string {
  const lines = error instanceof DynoError ? expected(error, style) : unexpected(error, style);
  if (verbose) lines.push('', style.dim(traceOf(error)));
  else if (!(error instanceof DynoError)) lines.push('  → Run it again with -v for the trace, and report it with that.');
  return lines.join('\n');
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
