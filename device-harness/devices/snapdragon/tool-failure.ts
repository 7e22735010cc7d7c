import { knownErrors } from '../../../converters/qnn/known-errors.ts';
import { ExternalError } from '../../../models/contracts/errors.ts';

/** What a tool on the phone did wrong: the cause and the advice where its log has a known text, else the last line of it that speaks of an error. */
export function toolFailure(tool: string, what: string, command: readonly string[], log: string): ExternalError {
  const known = knownErrors(log);
  const said = errorLine(log);
  const cause = known[0]?.cause ?? (said === null ? null : `${said}.`);
  return new ExternalError(`${tool} ${what}${cause === null ? '.' : `: ${cause}`}`, command.join(' '), log, known.map(({ advice }) => advice));
}

function errorLine(log: string): string | null {
  const lines = log.split('\n').map((line) => line.trim().replace(/\.$/, '')).filter(Boolean);
  return lines.findLast((line) => /error|fail|mismatch|not found|unsupported|denied|exceed|abort/i.test(line)) ?? null;
}
