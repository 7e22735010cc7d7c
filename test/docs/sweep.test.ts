import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../cli/sweep/catalogue.ts';
import { columnRequests } from '../../cli/sweep/columns.ts';
import { planMatrix } from '../../cli/sweep/matrix.ts';
import { AXES, sweepFileJsonSchema, sweepSchema } from '../../cli/sweep/sweep-file.ts';
import { sweepJsonSchema } from '../../reports/sweep/sweep-schema.ts';
import { repoRoot } from '../support/paths.ts';
import { runCli } from '../support/run-cli.ts';
import { commandsOf, fences, isShown, words } from './console.ts';

const page = readFileSync(join(repoRoot, 'docs/sweep.md'), 'utf8');
const configs = fences(page, 'json');

describe('console blocks of docs/sweep.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-sweep-page-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(repoRoot, 'models/zoo/samples'), join(folder, 'samples'), { recursive: true });
  writeFileSync(join(folder, 'table.json'), configs[0] as string);

  test.each(commandsOf(fences(page, 'console')))('$command', async ({ command, output }) => {
    const { code, stdout } = await runCli(words(command).slice(1), { cwd: folder });
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    if (!isShown(output, lines)) expect(lines).toEqual(output);
  });
});

test('its configs are what the schema takes, down to every value', () => {
  expect(configs).toHaveLength(2);
  for (const text of configs) {
    const file = sweepSchema.parse(JSON.parse(text));
    expect(planMatrix(file).lines.length).toBeGreaterThan(0);
    expect(columnRequests(file).length).toBeGreaterThan(0);
  }
});

test('every axis and every figure is told', () => {
  for (const name of [...AXES, ...CATALOGUE.map((figure) => figure.name)]) expect(page).toContain(`\`${name}`);
});

test('the schemas for editors are those of the code', () => {
  expect(readFileSync(join(repoRoot, 'cli/sweep/sweep.schema.json'), 'utf8')).toBe(sweepFileJsonSchema());
  expect(readFileSync(join(repoRoot, 'reports/sweep.schema.json'), 'utf8')).toBe(sweepJsonSchema());
});
