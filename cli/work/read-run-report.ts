import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import { parseReport } from '../../reports/model/parse-report.ts';
import type { Report } from '../../reports/model/report.ts';
import { findRun, lastRun } from '../pipeline/run-directory.ts';

/** The report of a run that somebody named by its directory, its name or the file; of the last run where none is named. */
export function readRunReport(named: string | undefined, runs: string, cwd: string): { path: string; report: Report } {
  const path =
    named !== undefined && /\.json$/.test(named)
      ? resolve(cwd, named)
      : join(named === undefined ? lastRun(runs) : findRun(named, runs, cwd), 'report.json');
  if (!existsSync(path)) throw new UserError(`${path} is not there: the run did not finish.`, ['Go on with it: dyno run --resume']);
  return { path, report: parseReport(readFileSync(path, 'utf8'), path) };
}
