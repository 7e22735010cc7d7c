import { existsSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { DynoError } from '../../../../models/contracts/errors.ts';
import type { Tool, ToolCall } from '../tool.ts';
import { type Arguments, type Flag, parseArguments, UsageMistake, usageText } from './arguments.ts';
import { ERROR_TEXTS, FALLBACK, misbehaviourOf, NOISE } from './misbehaviour.ts';

/** The tool says this and ends with 1. */
export class ToolFailure extends Error {}

export interface ToolWork {
  readonly name: string;
  readonly flags: readonly Flag[];
  /** Printed to stderr after success. */
  readonly marker?: string;
  /** Does the work and resolves to the files that it wrote. */
  work(args: Arguments, call: ToolCall & { readonly misbehaviour: string | null }): Promise<readonly string[]>;
}

/** A stand-in that takes the flags documented for its version, and goes wrong as it is told. */
export function documentedTool({ name, flags, marker, work }: ToolWork): Tool {
  return {
    name,
    run: async (words, call) => {
      if (words.includes('-h') || words.includes('--help')) {
        call.out(usageText(name, flags, call.version));
        return 0;
      }
      if (words.includes('--version')) {
        call.out(`QNN SDK v${call.version}`);
        return 0;
      }
      try {
        const args = parseArguments(flags, call.version, words);
        const misbehaviour = misbehaviourOf(name, call);
        if (misbehaviour !== null && (await fails(misbehaviour, call))) return 1;
        if (misbehaviour !== 'nothing-written') spoil(misbehaviour, await work(args, { ...call, misbehaviour }));
        if (misbehaviour === 'disk-full') throw new ToolFailure('OSError: [Errno 28] No space left on device');
        if (marker) call.err(marker);
        return 0;
      } catch (error) {
        if (error instanceof UsageMistake) call.err(`usage: ${name} [-h] …\n${name}: error: ${error.message}`);
        else if (error instanceof ToolFailure || error instanceof DynoError) call.err(`ERROR - ${error.message}`);
        else throw error;
        return error instanceof UsageMistake ? 2 : 1;
      }
    },
  };
}

async function fails(misbehaviour: string, call: ToolCall): Promise<boolean> {
  if (misbehaviour === 'crash') process.kill(process.pid, 'SIGSEGV');
  if (misbehaviour === 'crash' || misbehaviour === 'hang') await forever();
  if (misbehaviour === 'fallback') call.out(FALLBACK);
  if (misbehaviour === 'noise') for (const line of NOISE) call.err(line);
  if (!misbehaviour.startsWith('error:')) return false;
  call.err(ERROR_TEXTS[misbehaviour.slice('error:'.length)] ?? misbehaviour);
  return true;
}

function spoil(misbehaviour: string | null, files: readonly string[]): void {
  for (const file of files.filter((path) => existsSync(path))) {
    if (misbehaviour === 'empty-file') truncateSync(file);
    if (misbehaviour === 'disk-full') {
      rmSync(file);
      writeFileSync(file, 'half');
    }
  }
}

function forever(): Promise<never> {
  process.on('SIGTERM', () => undefined);
  setInterval(() => undefined, 60_000);
  return new Promise(() => undefined);
}
