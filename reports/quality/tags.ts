import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import type { ImageSet, ImageSource } from './dataset.ts';

/** Patterns of file names by tag: `*` and `?`, with or without the extension. */
export type TagRules = Readonly<Record<string, readonly string[]>>;

/** File beside the pictures of a data set that holds its tags. */
export const TAGS_FILE = 'tags.json';

/** A set with the tags that rules give its files, beside those that its folders gave. Throws UserError for patterns that no file fits. */
export function withTags(set: ImageSet, rules: TagRules): ImageSet {
  const tags = Object.entries(rules).map(([tag, patterns]) => ({ tag, patterns: patterns.map((pattern) => ({ pattern, expression: toRegExp(pattern) })) }));
  for (const { tag, patterns } of tags) {
    const idle = patterns.find(({ expression }) => !set.files.some(({ name }) => expression.test(name)));
    if (idle) {
      const some = set.files.slice(0, 5).map(({ name }) => name).join(', ');
      throw new UserError(`No picture of ${set.name} fits "${idle.pattern}" of the tag "${tag}".`, [`Its pictures: ${some}${set.files.length > 5 ? ', …' : ''}.`]);
    }
  }
  const tagsOf = (name: string): string[] => tags.filter(({ patterns }) => patterns.some(({ expression }) => expression.test(name))).map(({ tag }) => tag);
  return { ...set, files: set.files.map((file) => ({ ...file, tags: [...new Set([...file.tags, ...tagsOf(file.name)])] })) };
}

/** The tags of a source: of the file in its folder, and those said besides, as rules or as a file of them. Throws UserError for files that are no such thing. */
export async function readTags(source: ImageSource, said: TagRules | string = {}): Promise<TagRules> {
  const path = join(typeof source === 'string' ? source : source.hr, TAGS_FILE);
  return { ...(existsSync(path) ? await readTagsFile(path) : {}), ...(typeof said === 'string' ? await readTagsFile(said) : said) };
}

/** A JSON file of patterns by tag. Throws UserError where it is missing or no such thing. */
async function readTagsFile(path: string): Promise<TagRules> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw notTags(path, error.code ?? error.message);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw notTags(path, (error as Error).message);
  }
  if (!isRules(value)) throw notTags(path, 'it is no object of lists of patterns');
  return value;
}

function isRules(value: unknown): value is TagRules {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    && Object.values(value).every((patterns) => Array.isArray(patterns) && patterns.length > 0 && patterns.every((pattern) => typeof pattern === 'string'));
}

function notTags(path: string, why: string): UserError {
  return new UserError(`${path} cannot be read as tags: ${why}.`, ['Write e.g. { "night": ["img_001*"], "portrait": ["img_01?", "img_020"] }.']);
}

function toRegExp(pattern: string): RegExp {
  const source = [...pattern].map((c) => (c === '*' ? '.*' : c === '?' ? '.' : c.replace(/[\\^$.|+()[\]{}]/, '\\$&'))).join('');
  return new RegExp(`^${source}(\\.[^.]+)?$`, 'iu');
}
