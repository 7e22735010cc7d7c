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
import type { SweepFile } from '../sweep/sweep-file.ts';
import { SweepTools } from '../sweep/tools.ts';
import { watchCheckpoints } from '../sweep/watch.ts';
import { scoredText } from '../text/sweep-text.ts';
import { shownPath } from '../work/model-refs.ts';
import { writeFileSafely } from '../write-file.ts';

interface SweepOptions {
  readonly only: readonly string[];
  readonly limit: string;
  readonly dir?: string;
  readonly dryRun?: boolean;
  readonly fresh?: boolean;
  readonly watch?: string;
  readonly once?: boolean;
}

/** `dyno sweep`: one table of many variants, or of the checkpoints that appear in a folder. */
export const sweep: Handler<SweepOptions> = async ([given], options, session) => {
  const resolved = await session.resolve();
  const file = await loadSweep(given, resolved.config, session.io.cwd());
  const own = options.dir === undefined ? sweepDirectory(resolved.config.runs, file.name) : resolve(session.io.cwd(), options.dir);
  const directory = options.watch === undefined ? own : join(own, 'watch');
  const command = ['dyno', 'sweep', ...(given === undefined ? [] : [given])].join(' ');
  const tools = new SweepTools(session.io.env);
  const prepare = (table: SweepFile): Promise<PreparedSweep> =>
    prepareSweep({ file: table, filters: parseFilters(options.only), limit: limitOf(options.limit), resolved, tools });
  try {
    if (options.fresh) for (const part of ['steps', 'partial', 'table.json', 'settled.json']) rmSync(join(directory, part), { recursive: true, force: true });
    const make = async (table: SweepFile): Promise<SweepReport> => tableFor(await prepare(table), directory, command, session);
    if (options.watch !== undefined) return await watch(file, options.watch, { directory, once: options.once ?? false, make }, session);
    const prepared = await prepare(file);
    for (const { id, impossible } of prepared.plan.variants) if (impossible !== null) session.note(`${id}: ${impossible}`);
    if (options.dryRun) await session.present(dryRun(prepared, directory, session.style));
    else await session.present(await kept(await tableFor(prepared, directory, command, session), directory, session));
    return EXIT.ok;
  } finally {
    await tools.close();
  }
};

interface Watching {
  readonly directory: string;
  readonly once: boolean;
  readonly make: (file: SweepFile) => Promise<SweepReport>;
}

async function watch(file: SweepFile, folder: string, { directory, once, make }: Watching, session: Session): Promise<number> {
  const isText = session.format === 'pretty' || session.format === 'plain';
  if (!once) session.note(`Watching ${folder}; Ctrl-C ends.`);
  const board = await watchCheckpoints({
    file, folder: resolve(session.io.cwd(), folder), directory, once, signal: session.signal, sweep: make,
    onScored: (checkpoint, own) => isText && session.io.stdout.write(`${scoredText(checkpoint, own, session.style)}\n`),
  });
  if (board) await session.present(await kept(board, directory, session));
  else session.note(`There is no .onnx file in ${folder}.`);
  return EXIT.ok;
}

/** The table for people and files; the page and the JSON lie in the folder in any case. */
async function kept(report: SweepReport, directory: string, session: Session): Promise<Result> {
  const page = join(directory, 'table.html');
  const html = renderSweepHtml(report);
  writeFileSafely(page, html);
  writeFileSafely(join(directory, 'table.json'), `${JSON.stringify(report, null, 1)}\n`);
  return {
    json: report,
    text: `\n${renderSweepText(report, { color: session.style.enabled, width: session.columns })}\n\nPage: ${session.style.bold(shownPath(page, session.io.cwd()))}`,
    kinds: { html: () => html, md: () => renderSweepMarkdown(report), csv: () => renderSweepCsv(report) },
  };
}

async function tableFor(prepared: PreparedSweep, directory: string, command: string, session: Session): Promise<SweepReport> {
  const { name, title = name } = prepared.file;
  try {
    return await session.show(title, ({ emit }) => runSweep(prepared, { directory, command, emit, control: session.control, signal: session.signal }));
  } catch (error) {
    if (session.signal.aborted) session.io.stderr.write(`What is finished is kept. Go on with: ${command}\n`);
    throw error;
  }
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw new UserError(`--limit ${text} is no whole number.`, ['Write --limit 100.']);
}
