import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import type { SweepReport } from '../../reports/sweep/sweep-schema.ts';
import { renderSweepCsv } from '../../reports/sweep/render-csv.ts';
import { renderSweepHtml } from '../../reports/sweep/html/render-sweep-html.ts';
import { renderSweepMarkdown } from '../../reports/sweep/render-markdown.ts';
import { renderSweepText } from '../../reports/sweep/render-text.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import type { Result, Session } from '../session.ts';
import { dryRun } from '../sweep/dry-run.ts';
import { parseFilters } from '../sweep/filters.ts';
import { loadSweep } from '../sweep/load-sweep.ts';
import { type PreparedSweep, prepareSweep, runSweep, sweepDirectory } from '../sweep/run-sweep.ts';
import { SweepTools } from '../sweep/tools.ts';
import { shownPath } from '../work/model-refs.ts';
import { writeFileSafely } from '../write-file.ts';

interface SweepOptions {
  readonly only: readonly string[];
  readonly limit: string;
  readonly dir?: string;
  readonly dryRun?: boolean;
  readonly fresh?: boolean;
}

/** `dyno sweep`: one table of many variants. */
export const sweep: Handler<SweepOptions> = async ([given], options, session) => {
  const resolved = await session.resolve();
  const file = await loadSweep(given, resolved.config, session.io.cwd());
  const directory = options.dir === undefined ? sweepDirectory(resolved.config.runs, file.name) : resolve(session.io.cwd(), options.dir);
  const tools = new SweepTools(session.io.env);
  try {
    const prepared = await prepareSweep({ file, filters: parseFilters(options.only), limit: limitOf(options.limit), resolved, tools });
    for (const { id, impossible } of prepared.plan.variants) if (impossible !== null) session.note(`${id}: ${impossible}`);
    if (options.dryRun) return await present(session, dryRun(prepared, directory, session.style));
    if (options.fresh) for (const part of ['steps', 'partial']) rmSync(join(directory, part), { recursive: true, force: true });
    const report = await measured(prepared, directory, given, session);
    const page = join(directory, 'table.html');
    writeFileSafely(page, renderSweepHtml(report));
    writeFileSafely(join(directory, 'table.json'), `${JSON.stringify(report, null, 1)}\n`);
    return await present(session, {
      json: report,
      text: `\n${renderSweepText(report, { color: session.style.enabled, width: session.columns })}\n\nPage: ${session.style.bold(shownPath(page, session.io.cwd()))}`,
      kinds: { html: () => renderSweepHtml(report), md: () => renderSweepMarkdown(report), csv: () => renderSweepCsv(report) },
    });
  } finally {
    await tools.close();
  }
};

async function measured(prepared: PreparedSweep, directory: string, given: string | undefined, session: Session): Promise<SweepReport> {
  const { name, title = name } = prepared.file;
  const command = ['dyno', 'sweep', ...(given === undefined ? [] : [given])].join(' ');
  try {
    return await session.show(title, ({ emit }) => runSweep(prepared, { directory, command, emit, control: session.control, signal: session.signal }));
  } catch (error) {
    if (session.signal.aborted) session.io.stderr.write(`What is finished is kept. Go on with: ${command}\n`);
    throw error;
  }
}

async function present(session: Session, result: Result): Promise<number> {
  await session.present(result);
  return EXIT.ok;
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw new UserError(`--limit ${text} is no whole number.`, ['Write --limit 100.']);
}
