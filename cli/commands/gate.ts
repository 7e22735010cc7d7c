import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import { type Baseline, baselineOf, evaluateGates, readBaseline, readBudgets, withGates, writeBaseline } from '../../reports/gate/index.ts';
import { renderTerminal } from '../../reports/render/terminal/render-terminal.ts';
import { renderings } from '../pipeline/render-report.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import type { Session } from '../session.ts';
import { plural } from '../ui/numbers.ts';
import { isGitBase } from '../work/git-base.ts';
import { shownPath } from '../work/model-refs.ts';
import { readRunReport } from '../work/read-run-report.ts';
import { tellGithub } from '../work/tell-github.ts';

interface GateOptions {
  readonly budgets?: string;
  readonly update?: boolean;
  readonly margin: string;
  readonly strict?: boolean;
  readonly exact?: boolean;
}

/** `dyno gate`: a finished run against budgets and a baseline; with `--update` the run becomes the baseline. */
export const gate: Handler<GateOptions> = async (args, { budgets, update = false, margin, strict = false, exact = false }, session) => {
  const { config } = await session.resolve();
  if (isGitBase(config.base)) throw new UserError(`${config.base} has to be measured together with what it became: a finished run cannot be held against it.`, ['dyno run --base git:REF does both. Here a file is needed: --base baseline.json.']);
  const { path, report } = readRunReport(args[0], config.runs, session.io.cwd());
  if (update) {
    if (config.base === null)
      throw new UserError('--update needs a file to write to.', ['Name it: --base baseline.json, or "base" in the config.']);
    const left = report.omissions?.find(({ by }) => by === 'user');
    if (left) throw new UserError(`Run ${report.run.id} is not whole: “${left.title}” was left out.`, [`dyno run --resume ${report.run.id} does the rest; then update.`]);
    const percent = Number(margin);
    if (!(percent >= 0)) throw new UserError(`--margin ${margin} is no percentage.`, ['Write a number such as 5.']);
    const baseline = baselineOf(report, percent, await earlierBaseline(config.base, session));
    await writeBaseline(config.base, baseline);
    await session.present({
      json: baseline,
      text: `${plural(baseline.entries.length, 'value')} of run ${report.run.id} written to ${shownPath(config.base, session.io.cwd())}`,
    });
    return EXIT.ok;
  }
  const limits = budgets === undefined ? config.gate : await readBudgets(budgets);
  const judged = withGates(report, evaluateGates(report, limits, config.base === null ? null : await readBaseline(config.base), { exact: exact || config.bench.on.length === 0 }), { strict });
  await session.present({
    json: { verdict: judged.verdict, gates: judged.gates },
    text: renderTerminal(judged, { color: session.style.enabled, width: session.columns }),
    kinds: renderings(judged, dirname(path)),
  });
  tellGithub(judged, session.io);
  return judged.verdict.exitCode;
};

/** What a baseline file holds of other machines is kept; of a file that this dyno cannot read, nothing. */
async function earlierBaseline(path: string, { io }: Session): Promise<Baseline | null> {
  if (!existsSync(path)) return null;
  return readBaseline(path).catch((error: Error) => {
    io.stderr.write(`${error.message}\nIt is written anew; values of other machines in it are lost.\n`);
    return null;
  });
}
