import type { Command, Option } from 'commander';
import { BASELINES, BENCH_DEVICES, COMPRESSION_SPECS, DEGRADATIONS, METRICS, TARGETS } from './completion-values.ts';

/**
 * What may stand in place of the last of `words`, which is what is typed so far; none where file names belong. A list with commas is completed item
 * by item.
 */
export function completeWords(program: Command, words: readonly string[]): string[] {
  const typed = words.at(-1) ?? '';
  const { command, waiting } = walk(program, words.slice(0, -1));
  const fits = (candidates: readonly string[]): string[] => candidates.filter((candidate) => candidate.startsWith(typed) && candidate !== typed);
  if (waiting) return listed(valuesOf(waiting), typed);
  if (typed.startsWith('-')) return fits(command.options.filter(({ hidden }) => !hidden).flatMap(({ long }) => (long ? [long] : [])));
  return fits(command.commands.filter((sub) => !isHidden(sub)).map((sub) => sub.name()));
}

/** The command that the words lead to, and the option that waits for its value. */
function walk(program: Command, words: readonly string[]): { command: Command; waiting: Option | null } {
  let command = program;
  let waiting: Option | null = null;
  for (const word of words) {
    if (waiting) {
      waiting = null;
      continue;
    }
    const option: Option | undefined = command.options.find(({ long, short }) => word === long || word === short);
    if (option) waiting = option.required || option.optional ? option : null;
    else if (!word.startsWith('-')) command = command.commands.find((sub) => sub.name() === word) ?? command;
  }
  return { command, waiting: waiting?.optional ? null : waiting };
}

function valuesOf({ argChoices, long }: Option): readonly string[] {
  if (argChoices) return argChoices;
  if (long === '--target') return TARGETS;
  if (long === '--as') return COMPRESSION_SPECS;
  if (long === '--metric') return METRICS;
  if (long === '--baseline') return BASELINES;
  if (long === '--degrade') return DEGRADATIONS;
  return long === '--on' ? BENCH_DEVICES : [];
}

/** `ane:A15,htp:SM` goes on with `ane:A15,htp:SM8550`. */
function listed(values: readonly string[], typed: string): string[] {
  const before = typed.slice(0, typed.lastIndexOf(',') + 1);
  const taken = new Set(before.split(','));
  return values.filter((value) => !taken.has(value)).map((value) => before + value).filter((candidate) => candidate.startsWith(typed) && candidate !== typed);
}

function isHidden(command: Command): boolean {
  return (command as unknown as { readonly _hidden?: boolean })._hidden === true;
}
