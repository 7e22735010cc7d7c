import { chmodSync, existsSync, lstatSync, readdirSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../../models/contracts/index.ts';
import { fileError } from '../../models/onnx/file-error.ts';

/**
 * Has a package written under a temporary name beside its place, and renamed when whole; one that is there already is replaced. Throws
 * UserError for a place that cannot be written.
 */
export async function placePackage<T>(path: string, write: (temporary: string) => Promise<T>): Promise<{ readonly path: string; readonly bytes: number; readonly value: T }> {
  const target = packagePath(path);
  sweep(target);
  const temporary = join(dirname(target), `${prefix(target)}${process.pid}.mlpackage`);
  try {
    const value = await write(temporary);
    makeReadable(temporary);
    replace(temporary, target);
    return { path: target, bytes: sizeOf(target), value };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Where the package will be. Throws UserError for another ending, a folder that is missing, and a place that something else has. */
export function packagePath(path: string): string {
  const target = existsSync(path) ? realpathSync(path) : resolve(path);
  if (!target.endsWith('.mlpackage')) throw new UserError(`${path} does not end in .mlpackage.`, ['ML programs are packages: -o model.mlpackage.']);
  if (!existsSync(dirname(target))) throw new UserError(`There is no folder ${dirname(target)}.`, ['Make it first, or give another place with -o.']);
  const there = existsSync(target) ? lstatSync(target) : null;
  if (there && !(there.isDirectory() && (existsSync(join(target, 'Manifest.json')) || readdirSync(target).length === 0))) {
    throw new UserError(`${path} is there and is no Core ML package; it is not replaced.`, ['Give another place with -o.']);
  }
  return target;
}

function prefix(target: string): string {
  return `.${basename(target, '.mlpackage')}.dyno-`;
}

/** What a killed process left beside the target; a package that had stepped aside for one that never came goes back. */
function sweep(target: string): void {
  const folder = dirname(target);
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(prefix(target))) continue;
    const [pid = '', aside] = name.slice(prefix(target).length).replace(/\.mlpackage$/, '').split('-');
    if (isAlive(Number(pid))) continue;
    if (aside !== undefined && !existsSync(target)) renameSync(join(folder, name), target);
    else rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** coremltools leaves the model file and the folder of weights to their owner only. */
function makeReadable(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}

function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

/** A folder cannot be renamed over one that has files: the old one steps aside first. */
function replace(temporary: string, target: string): void {
  const aside = join(dirname(target), `${prefix(target)}${process.pid}-old.mlpackage`);
  try {
    if (existsSync(target)) renameSync(target, aside);
    renameSync(temporary, target);
  } catch (error) {
    if (existsSync(aside) && !existsSync(target)) renameSync(aside, target);
    throw fileError(error, target);
  }
  rmSync(aside, { recursive: true, force: true });
}
