import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Rooms that are built. */
export const ROOMS = ['models', 'converters', 'device-harness', 'reports', 'cli'];

/** Folders with data that is read where it lies, from the package root. */
const LEFT_IN_PLACE = new Set(['models/zoo/weights', 'models/zoo/samples', 'models/zoo/make-samples', 'cli/setup']);

/** Every file that goes into the build, as paths from the root, sorted. */
export function sourceFiles(root) {
  return ROOMS.flatMap((room) => walk(root, join(root, room))).sort();
}

/** Changes when a source, the lock file, the compiler's settings or the build itself change. */
export function sourceHash(root) {
  const hash = createHash('sha256').update(process.version);
  const own = [
    'package-lock.json',
    'package.json',
    'tsconfig.json',
    ...['build.mjs', 'sources.mjs', 'bundle.mjs'].map((name) => `cli/setup/${name}`),
  ];
  for (const file of [...sourceFiles(root), ...own]) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function walk(root, folder) {
  const path = relative(root, folder).split(sep).join('/');
  if (LEFT_IN_PLACE.has(path)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return walk(root, join(folder, entry.name));
    return entry.isFile() ? [`${path}/${entry.name}`] : [];
  });
}
