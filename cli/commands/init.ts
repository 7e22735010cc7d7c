import { existsSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { resolveTarget } from '../../converters/rules/resolve-target.ts';
import { UserError } from '../../models/contracts/errors.ts';
import { DEFAULTS } from '../config/defaults.ts';
import { CONFIG_NAMES } from '../config/find-file.ts';
import { EXIT } from '../exit-codes.ts';
import { packageVersion } from '../package-root.ts';
import type { Handler } from '../program/bind.ts';
import type { Session } from '../session.ts';
import { githubWorkflow, type InitialConfig, jsonConfig, tsConfig } from '../text/init-files.ts';
import { Questions } from '../ui/ask.ts';
import { plural } from '../ui/numbers.ts';
import { canDraw } from '../ui/open-front-end.ts';
import { shownPath } from '../work/model-refs.ts';
import { walk } from '../work/walk.ts';
import { writeFileSafely } from '../write-file.ts';

interface InitOptions {
  readonly data?: string;
  readonly target?: string;
  readonly type: 'json' | 'ts';
  readonly ci?: 'github';
  readonly force?: boolean;
}

const WORKFLOW = '.github/workflows/dyno.yml';

/** Pictures from which on a folder counts as a set of them. */
const FEWEST_PICTURES = 4;

/** More models than these nobody means all at once. */
const MOST_FOUND = 20;

/** What lies here, as far as it matters for a config. Paths as a person here types them. */
interface Found {
  readonly models: readonly string[];
  /** The folder with the most pictures. */
  readonly pictures: string | null;
}

/** `dyno init`: a config for the models of this folder. At a terminal it asks about what no argument says. */
export const init: Handler<InitOptions> = async (args, options, session) => {
  const cwd = session.io.cwd();
  const name = `dyno.config.${options.type}`;
  const there = CONFIG_NAMES.find((other) => existsSync(join(cwd, other)));
  if (options.ci && !options.force) refuseWorkflow(cwd);
  if (there !== undefined && options.ci && !options.force) return onlyWorkflow(there, session);
  if (there !== undefined && !(options.force && there === name))
    throw new UserError(`${there} is there already.`, [there === name ? 'Write over it with --force.' : 'Remove it first, or edit it.']);
  const found = await look(args, cwd, session.signal);
  const config = await decide(args, options, found, session);
  const missing = Object.values(config.models).find((path) => !existsSync(resolve(cwd, path)));
  if (missing !== undefined) throw new UserError(`There is no file ${missing}.`, ['Check the path.']);
  writeFileSafely(name, options.type === 'json' ? jsonConfig(config) : tsConfig(config), cwd);
  if (options.ci) writeFileSafely(WORKFLOW, githubWorkflow(packageVersion()), cwd);
  const pictures = config.images === undefined ? 'no pictures: nothing is quantized or scored (--data FOLDER)' : `pictures of ${config.images}`;
  await session.present({
    json: { file: name, config, ...(options.ci ? { workflow: WORKFLOW } : {}) },
    text: [
      `${name} written for ${plural(Object.keys(config.models).length, 'model')}, ${config.targets.join(', ')}, ${pictures}.`,
      ...(options.ci ? [`${WORKFLOW} written: commit both.`] : []),
      'Next: dyno check, then dyno run',
    ].join('\n'),
  });
  return EXIT.ok;
};

function refuseWorkflow(cwd: string): void {
  if (existsSync(join(cwd, WORKFLOW))) throw new UserError(`${WORKFLOW} is there already.`, ['Write over it with --force, or leave --ci out.']);
}

/** With a config that is there, `--ci` writes what is missing beside it. */
async function onlyWorkflow(config: string, session: Session): Promise<number> {
  writeFileSafely(WORKFLOW, githubWorkflow(packageVersion()), session.io.cwd());
  await session.present({ json: { file: null, workflow: WORKFLOW }, text: `${WORKFLOW} written; ${config} was there and stays. Next: commit both.` });
  return EXIT.ok;
}

/** Models of this folder itself where it has any, else those below it. */
async function look(args: readonly string[], cwd: string, signal: AbortSignal): Promise<Found> {
  const { models, pictures } = await walk(cwd, signal);
  const all = models.filter(({ kind }) => kind === 'onnx').map(({ path }) => shownPath(path, cwd));
  const here = all.filter((path) => !/[\\/]/.test(path));
  const [most] = pictures.filter(({ count }) => count >= FEWEST_PICTURES).sort((a, b) => b.count - a.count);
  const found = args.length > 0 ? args : here.length > 0 ? here : all;
  if (found.length === 0) throw new UserError('There is no .onnx file in this folder or below.', ['Name the models: dyno init path/to/model.onnx', 'Or make one: dyno zoo make quicksrnet-small']);
  if (args.length === 0 && found.length > MOST_FOUND) throw new UserError(`There are ${found.length} models below this folder.`, [`Name those that are meant: dyno init ${found[0]} …`]);
  return { models: found, pictures: most ? relative(cwd, most.path).split('\\').join('/') || '.' : null };
}

async function decide(args: readonly string[], options: InitOptions, found: Found, session: Session): Promise<InitialConfig> {
  const offered = { models: found.models.join(','), targets: options.target ?? DEFAULTS.targets.join(','), images: options.data ?? found.pictures ?? 'none' };
  const asks = session.options.input !== false && canDraw(session.io, session.format);
  const { models, targets, images } = asks ? await askFor(args, options, offered, session) : offered;
  const names = split(targets);
  for (const target of names) resolveTarget(target);
  const paths = split(models);
  return { models: Object.fromEntries(unique(paths.map((path) => [basename(path).replace(/\.onnx$/i, ''), forward(session.io.cwd(), path)]))), targets: names, ...(images === 'none' ? {} : { images }) };
}

type Offered = { readonly [Name in 'models' | 'targets' | 'images']: string };

/** Asks what no argument says. */
async function askFor(args: readonly string[], { target, data }: InitOptions, offered: Offered, { io, signal }: Session): Promise<Offered> {
  const questions = new Questions(io, signal);
  try {
    return {
      models: args.length > 0 ? offered.models : await questions.ask('Models, with commas between', offered.models),
      targets: target === undefined ? await questions.ask('Targets: ane[:CHIP], htp[:CHIP], host', offered.targets) : offered.targets,
      images: data === undefined ? await questions.ask('Folder of pictures for calibration and quality, or none', offered.images) : offered.images,
    };
  } finally {
    questions.close();
  }
}

function split(list: string): string[] {
  return list.split(',').map((part) => part.trim()).filter((part) => part !== '');
}

function forward(cwd: string, path: string): string {
  return relative(cwd, resolve(cwd, path)).split('\\').join('/');
}

/** Files of one name in different folders are told apart by a number. */
function unique(entries: readonly [string, string][]): [string, string][] {
  return entries.map(([name, path], i) => [entries.findIndex(([other]) => other === name) === i ? name : `${name}-${i + 1}`, path]);
}
