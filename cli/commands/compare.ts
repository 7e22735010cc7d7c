import { compareRuns } from '../../reports/gate/compare-runs.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { compareText } from '../text/compare-text.ts';
import { readRunReport } from '../work/read-run-report.ts';

interface CompareOptions {
  readonly all?: boolean;
}

/** `dyno compare A [B]`: two finished runs, value by value; the last run where only one is named. */
export const compare: Handler<CompareOptions> = async ([before, now], { all = false }, session) => {
  const { config } = await session.resolve();
  const [old, fresh] = [readRunReport(before, config.runs, session.io.cwd()), readRunReport(now, config.runs, session.io.cwd())];
  const compared = compareRuns(old.report, fresh.report);
  await session.present({
    json: { before: old.report.run.id, now: fresh.report.run.id, ...compared },
    text: `${session.style.bold(old.report.run.id)} → ${session.style.bold(fresh.report.run.id)}\n\n${compareText(compared, all, session.style)}`,
  });
  return EXIT.ok;
};
