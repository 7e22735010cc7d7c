import { join } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { compileText } from '../text/compile-text.ts';
import { type CompileOutcome, compileModel } from '../work/compile-model.ts';
import { modelRefs, shownPath } from '../work/model-refs.ts';
import { targetSlug } from '../work/target-slug.ts';
import { userFeeds } from '../work/user-feeds.ts';

interface CompileOptions {
  readonly out?: string;
  readonly static?: readonly string[];
  readonly optimization?: string;
  readonly vtcm?: string;
  readonly inputs?: readonly string[];
  readonly data?: string;
  readonly reproducer?: string;
  /** False with `--no-verify`. */
  readonly verify: boolean;
}

/** `dyno compile`: Qualcomm's compiler on this machine, its figures and what it makes. Exit 1 for wrong results, 2 where no graph comes out. */
export const compile: Handler<CompileOptions> = async (args, options, session) => {
  const { config } = await session.resolve();
  const cwd = session.io.cwd();
  const [ref] = modelRefs(args, config, cwd);
  if (!ref) throw new UserError('No model was named.', ['dyno compile model.onnx --target htp:SM8550']);
  const targets = config.targets.filter((target) => target.startsWith('htp'));
  if (targets.length === 0) throw new UserError('No htp target was named.', ['Name a chip: --target htp:SM8550']);
  if (options.out && targets.length > 1) throw new UserError('-o takes the files of one chip.', ['Name one target.']);
  const outcomes: CompileOutcome[] = [];
  for (const target of targets) {
    outcomes.push(await compileModel({
      path: ref.path, target, shapes: options.static ?? [], options: compilerOptions(options), out: options.out ?? null, verify: options.verify,
      reproducer: options.reproducer === undefined ? null : targets.length === 1 ? options.reproducer : join(options.reproducer, targetSlug(target)), feeds: (model) => userFeeds(model, ref, options, config, cwd), env: session.io.env, signal: session.signal,
    }));
  }
  await session.present({ json: { compiled: outcomes.map(plain) }, text: outcomes.map((outcome) => compileText(shownPath(ref.path, cwd), outcome, session.style)).join('\n\n') });
  if (outcomes.some(({ report }) => report.failure !== null)) return EXIT.couldNotRun;
  return outcomes.some(({ verification }) => (verification?.findings.length ?? 0) > 0) ? EXIT.failed : EXIT.ok;
};

function compilerOptions({ optimization, vtcm }: CompileOptions): { optimization?: 0 | 1 | 2 | 3; vtcmMb?: number } {
  const vtcmMb = vtcm === undefined ? undefined : Number(vtcm);
  if (vtcmMb !== undefined && !(Number.isInteger(vtcmMb) && vtcmMb > 0)) throw new UserError(`--vtcm ${vtcm} is no number of megabytes.`, ['Write --vtcm 4.']);
  return { ...(optimization === undefined ? {} : { optimization: Number(optimization) as 0 | 1 | 2 | 3 }), ...(vtcmMb === undefined ? {} : { vtcmMb }) };
}

/** Arrays of a reproducer stay out of JSON; maps become objects. */
function plain({ verification, ...rest }: CompileOutcome): object {
  if (!verification) return { ...rest, verification };
  const { reproducers: _arrays, outputs, ...kept } = verification;
  return { ...rest, verification: { ...kept, outputs: Object.fromEntries(outputs) } };
}
