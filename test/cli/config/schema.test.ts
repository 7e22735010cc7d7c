import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DEFAULTS } from '../../../cli/config/defaults.ts';
import { loadConfigFile } from '../../../cli/config/load-file.ts';
import { configJsonSchema, configSchema } from '../../../cli/config/schema.ts';
import { SETTINGS } from '../../../cli/config/settings.ts';
import { repoRoot } from '../../support/paths.ts';

test('cli/config/schema.json is what the schema says (npm run schema writes it)', () => {
  expect(readFileSync(join(repoRoot, 'cli/config/schema.json'), 'utf8')).toBe(configJsonSchema());
});

test('the defaults fit the schema', () => {
  const { images: _, ...rest } = DEFAULTS;
  expect(configSchema.safeParse(rest).error).toBeUndefined();
});

test('the config that ships with the project fits, and names files that are there', async () => {
  const config = await loadConfigFile(join(repoRoot, 'dyno.config.json'));
  expect(config.targets).toEqual(['ane:A15', 'htp:SM8550', 'htp:SM8750']);
  expect(readFileSync(join(repoRoot, (config.models?.['ultramini-x2'] as { path: string }).path)).length).toBeGreaterThan(400_000);
});

test('every setting from outside has a place in the config', () => {
  for (const { path } of SETTINGS) {
    const place = path.reduce<unknown>(
      (tree, key) => (typeof tree === 'object' && tree !== null ? (tree as Record<string, unknown>)[key] : undefined),
      DEFAULTS,
    );
    expect(place, path.join('.')).not.toBeUndefined();
  }
  for (const names of [SETTINGS.flatMap(({ flag }) => flag ?? []), SETTINGS.flatMap(({ env }) => env ?? [])])
    expect(new Set(names).size).toBe(names.length);
});
