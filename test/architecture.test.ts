import { readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { expect, test } from 'vitest';
// @ts-expect-error set-up scripts are plain JavaScript
import { ROOMS, sourceFiles } from '../cli/setup/sources.mjs';
import { repoRoot } from './support/paths.ts';

/** Lowest floor first: a room may import itself and what stands before it. */
const FLOORS: readonly string[] = ['models', 'converters', 'device-harness', 'reports', 'cli'];
const MOST_LINES = 350;

/** A value knows its producer and a node its values: one structure in two files. */
const TOGETHER = ['models/graph/node.ts → models/graph/value.ts → models/graph/node.ts'];

const files = (sourceFiles(repoRoot) as string[]).filter((file) => /\.tsx?$/.test(file) && !file.includes('/generated/'));
const texts = new Map(files.map((file) => [file, readFileSync(join(repoRoot, file), 'utf8')]));
const imports = new Map(files.map((file) => [file, importsOf(file)]));

/** Relative imports and re-exports, also of types and dynamic ones, as paths from the root. */
function importsOf(file: string): string[] {
  const text = (texts.get(file) as string).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const found = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map((match) =>
    posix.normalize(posix.join(dirname(file), match[1] as string)),
  );
  return [...new Set(found)];
}

const room = (file: string): string => file.split('/')[0] as string;

test('the reader of imports sees every kind', () => {
  expect(imports.get('cli/program.ts')).toContain('cli/program/model-commands.ts');
  expect(imports.get('cli/program/model-commands.ts')).toContain('cli/commands/check.ts');
  expect(imports.get('cli/work/check-model.ts')).toContain('models/contracts/finding.ts');
  expect([...ROOMS].sort()).toEqual([...FLOORS].sort());
});

test('imports run down the floors only', () => {
  const upward = files.flatMap((file) =>
    (imports.get(file) as string[])
      .filter((target) => FLOORS.indexOf(room(target)) > FLOORS.indexOf(room(file)) || !FLOORS.includes(room(target)))
      .map((target) => `${file} → ${target}`),
  );
  expect(upward).toEqual([]);
});

test('contracts import nothing but contracts', () => {
  const strays = files
    .filter((file) => file.startsWith('models/contracts/'))
    .flatMap((file) =>
      (imports.get(file) as string[]).filter((target) => !target.startsWith('models/contracts/')).map((target) => `${file} → ${target}`),
    );
  expect(strays).toEqual([]);
});

/** Programs of their own, which others start. */
const PROGRAMS = new Set(['device-harness/virtual/qnn-sdk/tool-process.ts']);

test('only the command line prints, or decides how the process ends', () => {
  const terminal = files
    .filter((file) => room(file) !== 'cli' && !PROGRAMS.has(file))
    .filter((file) => /\bprocess\.(stdout|stderr|exit|exitCode)\b|\bconsole\.\w/.test(texts.get(file) as string));
  expect(terminal).toEqual([]);
});

test('no file imports itself in a circle, types counted', () => {
  expect(circles(imports)).toEqual(TOGETHER);
});

test('the search for circles finds one', () => {
  expect(
    circles(
      new Map([
        ['a', ['b']],
        ['b', ['c']],
        ['c', ['a']],
        ['d', ['a']],
      ]),
    ),
  ).toEqual(['a → b → c → a']);
});

test(`no file is longer than ${MOST_LINES} lines`, () => {
  const long = files
    .map((file) => [file, (texts.get(file) as string).split('\n').length] as const)
    .filter(([, lines]) => lines > MOST_LINES);
  expect(long).toEqual([]);
});

/** Each circle once, by depth-first search. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): void => {
    const at = path.indexOf(node);
    if (at >= 0) return void found.add([...path.slice(at), node].join(' → '));
    if (done.has(node)) return;
    for (const next of graph.get(node) ?? []) visit(next, [...path, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return [...found];
}
