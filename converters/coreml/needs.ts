import { UserError } from '../../models/contracts/index.ts';

/** The error for what needs a later system. */
export function needs(what: string, release: number): UserError {
  return new UserError(`Core ML has ${what} from iOS ${release} on.`, [`Convert with --min-ios ${release}, or do without.`]);
}
