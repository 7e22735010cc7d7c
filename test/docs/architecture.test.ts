import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
// @ts-expect-error set-up scripts are plain JavaScript
import { ROOMS } from '../../cli/setup/sources.mjs';
import { repoRoot } from '../support/paths.ts';

const page = readFileSync(join(repoRoot, 'docs/architecture.md'), 'utf8');

/** Folders of the table's first column. A name without a slash lies in the room of the one before it. */
const told = [...page.matchAll(/^\| (`[\w-]+\/[^|]+) \|/gm)].flatMap(([, names]) => {
  let room = '';
  return [...(names as string).matchAll(/`([\w-]+)(?:\/([\w-]+))?`/g)].map(([, first, second]) => {
    if (second !== undefined) room = first as string;
    return `${room}/${second ?? first}`;
  });
});

test('the table names every folder of every room, and no other', () => {
  const folders = (ROOMS as string[]).flatMap((room) =>
    readdirSync(join(repoRoot, room), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => `${room}/${name}`),
  );
  expect([...told].sort()).toEqual(folders.sort());
});
