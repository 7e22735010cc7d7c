import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Emit } from '../../models/contracts/events.ts';
import { readBaseline } from '../../reports/gate/baseline-file.ts';
import { renderTerminal } from '../../reports/render/terminal/render-terminal.ts';
import { packageVersion } from '../package-root.ts';
import { readEnvironment } from '../pipeline/environment.ts';
import type { GateOutput } from '../pipeline/outputs.ts';
import { planRun } from '../pipeline/plan-run.ts';
import { REPORT_FILES, renderings } from '../pipeline/render-report.ts';
import { findRun, lastRun, readPlan, runId, type RunPlan, writePlan } from '../pipeline/run-directory.ts';
import { runSteps } from '../pipeline/run-steps.ts';
import type { Step } from '../pipeline/step.ts';
import type { Handler } from '../program/bind.ts';
import type { Session } from '../session.ts';
import { commandLine } from '../work/command-line.ts';
import { isGitBase } from '../work/git-base.ts';
import { modelRefs, shownPath } from '../work/model-refs.ts';
import { tellGithub } from '../work/tell-github.ts';

interface RunOptions {
  /** True for the last run, or the one named. */
  readonly resume?: true | string;
  readonly strict?: boolean;
}

/** `dyno run`: everything the config says, into a run directory that can be resumed. */
export const run: Handler<RunOptions> = async (args, { resume, strict = false }, session) => {
  const { directory, plan } = resume === undefined ? await begin(args, session) : await again(resume, session);
  let resumed = false;
  const steps = await planned(directory, resume === undefined, async () =>
    planRun({
      models: plan.models,
      config: plan.config,
      directory,
      environment: readEnvironment(),
      strict,
      isResumed: () => resumed,
      run: {
        id: plan.id,
        title: plan.models.map(({ id }) => id).join(', '),
        startedAt: plan.createdAt,
        command: plan.command,
        seed: plan.config.seed,
      },
      env: session.io.env,
      baseline: plan.config.base === null || isGitBase(plan.config.base) ? null : await readBaseline(plan.config.base),
    }),
  );
  const outputs = await session.show(`${plan.models.map(({ id }) => id).join(', ')} → ${plan.config.targets.join(', ')}`, ({ emit }) => {
    const watch: Emit = (event) => {
      if (event.type === 'step-finished' && event.outcome === 'cached') resumed = true;
      emit(event);
    };
    return runSteps(steps, {
      directory,
      emit: watch,
      signal: session.signal,
      control: session.control,
      verdict: (done) => verdictOf(done.get('gate') as GateOutput),
    });
  }).catch((error) => {
    if (session.signal.aborted) session.io.stderr.write(`Finished steps are kept. Go on with: dyno run --resume ${plan.id}\n`);
    throw error;
  });
  const { report } = outputs.get('gate') as GateOutput;
  const page = shownPath(join(directory, REPORT_FILES.html), session.io.cwd());
  await session.present({
    json: report,
    text: `\n${renderTerminal(report, { color: session.style.enabled, width: session.columns })}\nReport: ${session.style.bold(page)}`,
    kinds: renderings(report, directory),
  });
  tellGithub(report, session.io);
  return report.verdict.exitCode;
};

/** What cannot even be planned leaves no run behind that `--resume` and `dyno report` would take for the last one. */
async function planned(directory: string, isNew: boolean, plan: () => Promise<Step[]>): Promise<Step[]> {
  try {
    return await plan();
  } catch (error) {
    if (isNew) rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

async function begin(args: readonly string[], session: Session): Promise<{ directory: string; plan: RunPlan }> {
  const { config } = await session.resolve();
  const models = modelRefs(args, config, session.io.cwd());
  const now = new Date();
  const id = runId(now, models);
  const directory = join(config.runs, id);
  writePlan(directory, { id, dyno: packageVersion(), createdAt: now.toISOString(), command: runCommand(args, session), models, config });
  return { directory, plan: readPlan(directory) };
}

async function again(resume: true | string, session: Session): Promise<{ directory: string; plan: RunPlan }> {
  const { config } = await session.resolve();
  const directory = resume === true ? lastRun(config.runs) : findRun(resume, config.runs, session.io.cwd());
  return { directory, plan: readPlan(directory) };
}

const NOT_OF_THE_RUN = ['output', 'input', 'format', 'json', 'quiet', 'verbose', 'strict', 'screenReader'];

/** What to type to have the same run again. */
function runCommand(args: readonly string[], session: Session): string {
  return commandLine('run', args, Object.fromEntries(Object.entries(session.options).filter(([name]) => !NOT_OF_THE_RUN.includes(name))));
}

function verdictOf({ report: { verdict } }: GateOutput): { exitCode: number; verdict: string } {
  return { exitCode: verdict.exitCode, verdict: verdict.sentence };
}
