import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
// @ts-expect-error set-up scripts are plain JavaScript
import { ROOMS, sourceFiles } from '../../cli/setup/sources.mjs';
import { repoRoot } from '../support/paths.ts';

const page = readFileSync(join(repoRoot, 'docs/architecture.md'), 'utf8');

/** Folders of the table's first column with what is said about them. A name without a slash lies in the room before it. */
const told = [...page.matchAll(/^\| (`[\w-]+\/[^|]+) \| ([^|]+) \|$/gm)].flatMap(([, names, text]) => {
  let room = '';
  return [...(names as string).matchAll(/`([\w-]+)(?:\/([\w-]+))?`/g)].map(([, first, second]) => {
    if (second !== undefined) room = first as string;
    return { folder: `${room}/${second ?? first}`, text: text as string };
  });
});

test('the table names every folder of every room, and no other', () => {
  const folders = (ROOMS as string[]).flatMap((room) =>
    readdirSync(join(repoRoot, room), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => `${room}/${name}`),
  );
  expect(told.map(({ folder }) => folder).sort()).toEqual(folders.sort());
});

test('what no command is said to use, no command uses', () => {
  const unused = told.filter(({ text }) => text.includes('no command uses it yet')).map(({ folder }) => folder);
  const commands = (sourceFiles(repoRoot) as string[]).filter((file) => file.startsWith('cli/') && /\.tsx?$/.test(file));
  const uses = commands.flatMap((file) => {
    const text = readFileSync(join(repoRoot, file), 'utf8');
    return unused.filter((folder) => text.includes(`/${folder}/`)).map((folder) => `${file} uses ${folder}`);
  });
  expect(uses).toEqual([]);
});
