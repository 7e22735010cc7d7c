import type { Command } from 'commander';
import type { CommonOptions, Session } from '../session.ts';

/** A command's work: loaded when it is called, ends with an exit code. */
export type Handler<Options> = (args: readonly string[], options: Options & Omit<CommonOptions, keyof Options>, session: Session) => Promise<number>;

/** Ties a commander command to its handler. */
export type Bind = <Options>(command: Command, load: () => Promise<Handler<Options>>) => void;

export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
