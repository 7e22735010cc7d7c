import { join } from 'node:path';
import { isCoreMlPath } from '../../converters/coreml/package/core-ml-path.ts';
import { parseTarget } from '../../models/contracts/selectors.ts';
import { counts } from '../../reports/gate/findings-gate.ts';
import type { Precision } from '../../converters/rewrites/rewrite.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { checkText } from '../text/check-text.ts';
import { chipTables } from '../text/chip-table.ts';
import { type CheckOutcome, checkFor, withCompiler } from '../work/check-model.ts';
import type { CompileCheck } from '../work/compile-for-check.ts';
import { type ModelRef, modelRefs, shownPath } from '../work/model-refs.ts';
import { openModel } from '../work/open-model.ts';
import { targetSlug } from '../work/target-slug.ts';

interface CheckOptions {
  readonly precision: Precision;
  readonly failOn: 'none' | 'blocks' | 'splits' | 'slow';
  readonly static?: readonly string[];
  readonly details?: boolean;
  /** False with `--no-compile`: rules only. */
  readonly compile: boolean;
  /** False with `--no-verify`: outputs are not compared. */
  readonly verify: boolean;
  readonly inputs?: readonly string[];
  readonly data?: string;
  readonly reproducer?: string;
}

interface Checked extends CheckOutcome {
  readonly model: string;
  readonly path: string;
}

/** `dyno check`: what keeps models off their targets. Exit 2 where a compiler that is here gave no answer: predictions alone are half of it. */
export const check: Handler<CheckOptions> = async (args, options, session) => {
  const { config } = await session.resolve();
  const cwd = session.io.cwd();
  const startedAt = new Date().toISOString();
  const checks: Checked[] = [];
  const compiler = options.compile && config.targets.some((target) => parseTarget(target).kind === 'htp') ? await openCompiler(session.io.env) : null;
  try {
    const refs = modelRefs(args, config, cwd);
    for (const ref of refs) {
      if (isCoreMlPath(ref.path)) {
        checks.push(...(await packageChecks(ref, config.targets, cwd)));
        continue;
      }
      const { model, close } = openModel(ref.path, options.static);
      const feeds = compiler && options.verify && (options.inputs ?? options.data) !== undefined ? await (await import('../work/user-feeds.ts')).userFeeds(model, ref, options, config, cwd) : [];
      for (const target of config.targets) {
        const predicted = checkFor(model, target, options.precision);
        const question = { path: ref.path, model, target, shapes: options.static ?? [], predicted: predicted.causes.flatMap(({ findings }) => findings) };
        const answer = parseTarget(target).kind === 'htp' ? await compiler?.ask({ ...question, verify: options.verify, feeds, reproducer: reproducerFolder(options.reproducer, refs.length * config.targets.length, `${ref.id}.${targetSlug(target)}`), signal: session.signal }) : null;
        checks.push({ model: ref.id, path: shownPath(ref.path, cwd), ...(answer ? withCompiler(predicted, answer) : predicted) });
      }
      close();
    }
  } finally {
    await compiler?.close();
  }
  const text = { style: session.style, columns: session.columns, details: options.details === true };
  await session.present({
    json: { checks },
    text: [...checks.map((outcome) => checkText(outcome.path, outcome, text)), ...chipTables(checks, session.style)].join('\n\n'),
    kinds: { sarif: () => sarif(checks, startedAt) },
  });
  if (checks.some(({ compilerFailed }) => compilerFailed)) return EXIT.couldNotRun;
  return checks.some(({ causes }) => causes.some((cause) => counts(cause.severity, options.failOn))) ? EXIT.failed : EXIT.ok;
};

/** A package is checked by its own operations, each function of it. */
async function packageChecks({ id, path }: ModelRef, targets: readonly string[], cwd: string): Promise<Checked[]> {
  const { checkPackage } = await import('../work/check-package.ts');
  return checkPackage(path, targets).map((outcome) => ({ ...outcome, model: id, path: `${shownPath(path, cwd)}${outcome.function === null ? '' : ` ${outcome.function}`}` }));
}

/** Of several checks each has a folder of its own. */
function reproducerFolder(folder: string | undefined, checks: number, name: string): string | null {
  if (folder === undefined) return null;
  return checks === 1 ? folder : join(folder, name);
}

async function sarif(checks: readonly Checked[], startedAt: string): Promise<string> {
  const [{ sarifOf }, { packageVersion }] = await Promise.all([import('../../reports/render/render-sarif.ts'), import('../package-root.ts')]);
  return sarifOf(checks, { dyno: packageVersion(), succeeded: true, startedAt, finishedAt: new Date().toISOString() });
}

async function openCompiler(env: NodeJS.ProcessEnv): Promise<CompileCheck> {
  const work = await import('../work/compile-for-check.ts');
  return new work.CompileCheck(env);
}
