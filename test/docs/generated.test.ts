import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { REWRITES } from '../../converters/rewrites/catalog.ts';
import { recipeFor } from '../../converters/rewrites/recipe.ts';
import type { Precision } from '../../converters/rewrites/rewrite.ts';
import { ANE_CHIPS } from '../../converters/rules/ane-chips.ts';
import { RULES } from '../../converters/rules/catalog.ts';
import { HTP_SOCS } from '../../converters/rules/htp-socs.ts';
import { resolveTarget } from '../../converters/rules/resolve-target.ts';
import { PAGES } from '../../docs/generate.ts';
import { repoRoot } from '../support/paths.ts';

const PRECISIONS: readonly Precision[] = ['fp32', 'fp16', 'w8a8', 'w8a16', 'w4a8'];
const HARDWARE = [
  'host',
  ...ANE_CHIPS.map(({ chip }) => `ane:${chip}`),
  ...HTP_SOCS.filter(({ hexagon }) => hexagon >= 68).map(({ chip }) => `htp:${chip}`),
];

describe('pages made from the sources', () => {
  test.each(Object.entries(PAGES))('%s is as the sources say (npm run docs)', (path, render) => {
    expect(readFileSync(join(repoRoot, path), 'utf8')).toBe(render());
  });

  test('show every rewrite and every rule, each once as a section', () => {
    const sections = Object.values(PAGES).flatMap((render) => [...render().matchAll(/^### (\S+)$/gm)].map((match) => match[1]));
    expect(sections).toEqual(expect.arrayContaining([...REWRITES.keys(), ...RULES.map(({ id }) => id)]));
    expect(new Set(sections).size).toBe(sections.length);
  });
});

test('rules name rewrites that exist', () => {
  const unknown = RULES.flatMap(({ id, rewrites = [] }) => rewrites.filter((name) => !REWRITES.has(name)).map((name) => `${id} → ${name}`));
  expect(unknown).toEqual([]);
});

test('recipes name rewrites that exist, each once, with a reason', () => {
  for (const target of HARDWARE)
    for (const precision of PRECISIONS) {
      const { steps, omitted } = recipeFor(resolveTarget(target), precision);
      const ids = [...steps, ...omitted].map(({ id }) => id);
      expect(ids.filter((id) => !REWRITES.has(id))).toEqual([]);
      expect(new Set(ids).size).toBe(ids.length);
      expect([...steps, ...omitted].filter(({ why }) => why.trim() === '')).toEqual([]);
    }
});

test('a recipe is the same for every chip of a kind, as the page shows it', () => {
  const kindOf = (target: string): string => target.split(':')[0] as string;
  for (const target of HARDWARE)
    for (const precision of PRECISIONS)
      expect([target, recipeFor(resolveTarget(target), precision)]).toEqual([target, recipeFor(resolveTarget(kindOf(target)), precision)]);
});
