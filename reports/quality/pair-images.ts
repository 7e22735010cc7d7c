import { basename, dirname, extname } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';

/** An original with its low-resolution file. */
interface Pair {
  readonly name: string;
  readonly hr: string;
  readonly lr: string | null;
  readonly tags: readonly string[];
}

/**
 * Originals with their low-resolution files. Names may be equal or carry the scale (`x2`, `_x2`), and `LR` or `LRBI` for `HR`. With `small` empty
 * there are originals only. Throws UserError naming originals without a partner, low-resolution files without an original, and files that two share.
 */
export function pairUp(originals: readonly string[], small: readonly string[], scale: number): Pair[] {
  const named = originals.map((hr) => ({ name: basename(hr), hr, tags: [] }));
  if (small.length === 0) return named.map((file) => ({ ...file, lr: null }));
  const byStem = onlyOnce(small);
  onlyOnce(originals);
  const pairs = named.map((file) => ({ ...file, lr: partnerNames(stem(file.hr), scale).map((key) => byStem.get(key)).find((found) => found !== undefined) ?? null }));
  const alone = pairs.filter(({ lr }) => lr === null);
  if (alone.length > 0) {
    throw new UserError(`${listed(alone.map(({ hr }) => hr))} ${alone.length === 1 ? 'has' : 'have'} no low-resolution partner for scale ${scale} in ${dirname(small[0] as string)}.`, [
      `Name it ${stem((alone[0] as Pair).hr)}x${scale}.png, or give originals only: the low-resolution images are then computed.`,
    ]);
  }
  const taken = new Set(pairs.map(({ lr }) => lr));
  const left = small.filter((file) => !taken.has(file));
  if (left.length > 0) {
    throw new UserError(`${listed(left)} in ${dirname(left[0] as string)} ${left.length === 1 ? 'belongs' : 'belong'} to no original.`, [
      'Name the files alike in both folders, or take away those that have no original.',
    ]);
  }
  return pairs;
}

/** Names, lower case, that the low-resolution file of an original may have. */
function partnerNames(original: string, scale: number): string[] {
  const key = original.toLowerCase();
  const own = key.replace(new RegExp(`[_-]?(hr|gt)([_-]?x${scale})?$`), '');
  const marks = [`x${scale}`, `_x${scale}`, `-x${scale}`];
  const words = ['_lrbi', '_lrbicubic', '_lr', 'lr', '-lr'];
  return [key, ...marks.map((mark) => key + mark), key.replace(/hr$/, 'lr'), ...words.flatMap((word) => ['', ...marks].map((mark) => own + word + mark)), ...marks.map((mark) => own + mark), own];
}

function onlyOnce(files: readonly string[]): Map<string, string> {
  const byStem = new Map<string, string>();
  for (const file of files) {
    const key = stem(file).toLowerCase();
    const other = byStem.get(key);
    if (other !== undefined) throw new UserError(`${basename(other)} and ${basename(file)} in ${dirname(file)} have one name: which is meant?`, ['Take one of them away.']);
    byStem.set(key, file);
  }
  return byStem;
}

function listed(files: readonly string[]): string {
  const names = files.slice(0, 3).map((file) => basename(file)).join(', ');
  return files.length > 3 ? `${names} and ${files.length - 3} more` : names;
}

function stem(file: string): string {
  return basename(file, extname(file));
}
