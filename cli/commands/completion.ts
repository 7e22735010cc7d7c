import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { COMPLETION_SCRIPTS, type Shell } from '../text/completion-scripts.ts';
import { completeWords } from '../work/complete-words.ts';

/** `dyno completion SHELL`: what the shell evaluates. */
export const completion: Handler<object> = async ([shell], _options, session) => {
  session.io.stdout.write(COMPLETION_SCRIPTS[shell as Shell]);
  return EXIT.ok;
};

/** `dyno complete -- WORDS`: a candidate a line, for the scripts. */
export const completeFor = (program: Command): Handler<object> => async (words, _options, session) => {
  const found = completeWords(program, words);
  if (found.length > 0) session.io.stdout.write(`${found.join('\n')}\n`);
  return EXIT.ok;
};
