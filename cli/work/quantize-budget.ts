import { UserError } from '../../models/contracts/errors.ts';

/** `0.05`, `0.05 dB` or `0.05dB` as decibels. Throws UserError for anything else. */
export function readBudget(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(?:db)?\s*$/i.exec(text);
  if (!match) throw new UserError(`"${text}" is no budget.`, ['Say how many decibels may be lost: --budget "0.05 dB".']);
  return Number(match[1]);
}
