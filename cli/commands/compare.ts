import { type Axis, compareMany, renderComparisonHtml } from '../../reports/compare/index.ts';
import { compareRuns } from '../../reports/gate/compare-runs.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import type { Session } from '../session.ts';
import { compareManyText } from '../text/compare-many-text.ts';
import { compareText } from '../text/compare-text.ts';
import { packageVersion } from '../package-root.ts';
import { readRunReport } from '../work/read-run-report.ts';
import type { Report } from '../../reports/model/report.ts';

interface CompareOptions {
  readonly all?: boolean;
  readonly by?: Axis;
}

/** `dyno compare A [B …]`: finished runs, value by value; the last run where only one is named. */
export const compare: Handler<CompareOptions> = async (args, { all = false, by }, session) => {
  const { config } = await session.resolve();
  const named = args.length === 1 ? [args[0], undefined] : args;
  const reports = named.map((run) => readRunReport(run, config.runs, session.io.cwd()).report);
  const [before, now] = reports as [Report, Report];
  const html = () => renderComparisonHtml(compareMany(reports, by ?? 'run'), packageVersion());
  if (reports.length === 2 && by === undefined) await two(before, now, all, html, session);
  else {
    const compared = compareMany(reports, by ?? 'run');
    await session.present({ json: compared, text: compareManyText(compared, all, session.style), kinds: { html } });
  }
  return EXIT.ok;
};

async function two(before: Report, now: Report, all: boolean, html: () => string, session: Session): Promise<void> {
  const compared = compareRuns(before, now);
  await session.present({
    json: { before: before.run.id, now: now.run.id, ...compared },
    text: `${session.style.bold(before.run.id)} → ${session.style.bold(now.run.id)}\n\n${compareText(compared, all, session.style)}`,
    kinds: { html },
  });
}
