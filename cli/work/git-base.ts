import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { ExternalError, UserError } from '../../models/contracts/errors.ts';
import type { ModelRef } from './model-refs.ts';

const PREFIX = 'git:';

/** Models as they were at a commit. */
export interface GitBase {
  readonly commit: string;
  /** By the id of the model now; those that are new or unchanged since are left out. */
  readonly models: ReadonlyMap<string, ModelRef>;
  /** Why the others are left out, by id. */
  readonly left: Readonly<Record<string, string>>;
}

/** Whether a base is a commit, `git:main`, and no file. */
export function isGitBase(base: string | null): base is string {
  return base?.startsWith(PREFIX) ?? false;
}

/**
 * Takes models out of a commit into `folder`, external data and what Git LFS keeps included. The commit is written down there: a run that goes on takes
 * the same one although the branch has moved. Throws UserError where there is no repository, no such commit, or no git.
 */
export function gitBase(base: string, models: readonly ModelRef[], folder: string): GitBase {
  const name = base.slice(PREFIX.length);
  const found = models.map((ref) => ({ ref, root: rootOf(ref) }));
  const [first] = found;
  if (!first) return { commit: '', models: new Map(), left: {} };
  mkdirSync(folder, { recursive: true });
  const record = join(folder, 'commit');
  if (!existsSync(record)) writeFileSync(record, commitOf(first.root, name));
  const commit = readFileSync(record, 'utf8');
  const before = found.map(({ ref, root }) => ({ ref, ...takeOut(ref, root, commit, join(folder, ref.id.replace(/[^\w.-]+/g, '-'))) }));
  return {
    commit,
    models: new Map(before.flatMap(({ ref, path }) => (path === null ? [] : [[ref.id, { ...ref, id: `${ref.id}@base`, path }] as const]))),
    left: Object.fromEntries(before.flatMap(({ ref, why }) => (why === null ? [] : [[ref.id, `the model ${why} ${name} (${commit.slice(0, 12)})`]]))),
  };
}

function rootOf({ path }: ModelRef): string {
  return git(dirname(realpathSync(path)), ['rev-parse', '--show-toplevel'], () => new UserError(`${path} is in no Git repository.`, ['Compare with a file instead: --base baseline.json.'])).toString().trim();
}

function commitOf(root: string, name: string): string {
  return git(root, ['rev-parse', '--verify', '--end-of-options', `${name}^{commit}`], () => new UserError(`${root} has no commit "${name}".`, ['Fetch it first: git fetch origin, then --base git:origin/main.', 'In CI a checkout of depth 1 has no other commit: fetch-depth: 0.'])).toString().trim();
}

function takeOut(ref: ModelRef, root: string, commit: string, folder: string): { readonly path: string | null; readonly why: string | null } {
  const file = relative(root, realpathSync(ref.path)).split('\\').join('/');
  const names = git(root, ['ls-tree', '--name-only', commit, `${dirname(file) === '.' ? '' : `${dirname(file)}/`}`].filter((word) => word !== '')).toString().split('\n');
  if (!names.includes(file)) return { path: null, why: 'does not exist at' };
  const bytes = contentOf(root, commit, file);
  const siblings = names.filter((name) => name !== '' && name !== file && bytes.includes(basename(name)));
  const data = siblings.map((name) => ({ name, bytes: contentOf(root, commit, name) }));
  const isSame = [{ name: file, bytes }, ...data].every((one) => sameAsNow(join(root, one.name), one.bytes));
  if (isSame) return { path: null, why: 'is unchanged since' };
  mkdirSync(folder, { recursive: true });
  for (const one of data) writeFileSync(join(folder, basename(one.name)), one.bytes);
  writeFileSync(join(folder, basename(file)), bytes);
  return { path: join(folder, basename(file)), why: null };
}

/** Through the filters of the repository, so that what Git LFS keeps is the file and not its pointer. */
function contentOf(root: string, commit: string, file: string): Buffer {
  const bytes = git(root, ['cat-file', '--filters', `${commit}:${file}`]);
  if (!bytes.subarray(0, 200).toString('latin1').startsWith('version https://git-lfs')) return bytes;
  throw new UserError(`${file} is kept by Git LFS, and its content at ${commit.slice(0, 12)} is not here.`, [`git lfs fetch origin ${commit.slice(0, 12)}`]);
}

function sameAsNow(path: string, bytes: Buffer): boolean {
  return existsSync(path) && readFileSync(path).equals(bytes);
}

function git(cwd: string, args: readonly string[], refusal?: () => Error): Buffer {
  const { status, stdout, stderr, error } = spawnSync('git', args, { cwd, maxBuffer: 2 ** 31 - 1 });
  if (error) throw new UserError(`git did not start: ${error.message}.`, ['Install git, or compare with a file: --base baseline.json.']);
  if (status === 0) return stdout;
  throw refusal?.() ?? new ExternalError(`git ${args[0]} failed.`, `git ${args.join(' ')}`, stderr.toString());
}
