import { totalmem } from 'node:os';
import { UserError } from '../../models/contracts/index.ts';

const SHARE = 0.8;
const UNITS: Readonly<Record<string, number>> = { MiB: 2 ** 20, GiB: 2 ** 30 };

/**
 * Memory that one job may have, bytes: what `DYNO_JOB_MEMORY` says (`2GiB`, `512MiB`), else four fifths of what this machine, or this
 * container, has. Beyond it a model ends with a message instead of taking the machine down. Throws UserError for another spelling.
 */
export function jobMemoryLimit(environment: NodeJS.ProcessEnv = process.env): number {
  const text = environment.DYNO_JOB_MEMORY;
  if (text) {
    const [, number, unit] = /^(\d+(?:\.\d+)?) ?(MiB|GiB)$/.exec(text) ?? [];
    if (number === undefined || Number(number) === 0) throw new UserError(`DYNO_JOB_MEMORY is "${text}".`, ['Write it as 2GiB or 512MiB.']);
    return Math.round(Number(number) * (UNITS[unit as string] as number));
  }
  const constrained = process.constrainedMemory();
  return Math.round(SHARE * (constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()));
}
