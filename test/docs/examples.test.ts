import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveConfig } from '../../cli/config/resolve.ts';
import { loadSweep } from '../../cli/sweep/load-sweep.ts';
import { prepareSweep } from '../../cli/sweep/run-sweep.ts';
import { sweepTable } from '../../cli/sweep/sweep-table.ts';
import { SweepTools } from '../../cli/sweep/tools.ts';
import { readEnvironment } from '../../cli/pipeline/environment.ts';
import { renderSweepMarkdown } from '../../reports/sweep/render-markdown.ts';
import { repoRoot } from '../support/paths.ts';

const examples = join(repoRoot, 'examples');
const names = readdirSync(examples).filter((name) => existsSync(join(examples, name, 'sweep.json')));

/** Rows and columns that a config plans, as its table has them; every cell is empty, because nothing was run. */
async function planned(name: string): Promise<Table> {
  const resolved = await resolveConfig({ cwd: repoRoot, env: {}, flags: {} });
  const file = await loadSweep(join(examples, name, 'sweep.json'), resolved.config, repoRoot);
  const tools = new SweepTools({});
  try {
    const { matrix, plan, requests, settings } = await prepareSweep({ file, filters: new Map(), limit: 100, resolved, tools });
    return tableIn(renderSweepMarkdown(sweepTable({ file, matrix, plan, requests, settings, outputs: new Map(), command: '', environment: readEnvironment() })));
  } finally {
    await tools.close();
  }
}

interface Table {
  readonly title: string;
  /** Without evidence and marks of notes, which an empty table does not have. */
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  readonly cells: readonly (readonly string[])[];
}

function tableIn(markdown: string): Table {
  const lines = markdown.split('\n');
  const [head = [], , ...rows] = lines.filter((line) => line.startsWith('|')).map((line) => line.slice(1, -1).split('|').map((cell) => cell.trim()));
  return {
    title: lines.find((line) => line.startsWith('### ')) ?? '', columns: head.map((cell) => cell.replace(/<br>\*.*\*$/, '').replace(/ ?<sup>.*?<\/sup>/g, '')), rows: rows.map(([first = '']) => first), cells: rows.map((row) => row.slice(1)),
  };
}

describe('the tables of examples', () => {
  test('are there', () => expect(names.length).toBeGreaterThanOrEqual(12));

  test.each(names)('%s: rows and columns are those that its config plans', async (name) => {
    const readme = readFileSync(join(examples, name, 'README.md'), 'utf8');
    const shown = tableIn(readme.slice(readme.indexOf('<!-- begin table -->'), readme.indexOf('<!-- end table -->')));
    const { title, columns, rows } = await planned(name);
    expect([shown.title, shown.columns, shown.rows]).toEqual([title, columns, rows]);
    expect(shown.cells.every((cells) => cells.length === columns.length - 1)).toBe(true);
    expect(readme).toContain(`dyno sweep examples/${name}/sweep.json`);
  });

  test.each(names)('%s: what others published stands in it as the config has it', async (name) => {
    const { rows = [], published = [] } = JSON.parse(readFileSync(join(examples, name, 'sweep.json'), 'utf8')) as { rows?: { published?: Record<string, number> }[]; published?: { values: Record<string, number> }[] };
    const readme = readFileSync(join(examples, name, 'README.md'), 'utf8');
    const values = [...rows.flatMap((row) => Object.values(row.published ?? {})), ...published.flatMap((one) => Object.values(one.values))];
    for (const value of values) expect(readme.includes(`| ${value} `) || [1, 2, 3, 4].some((digits) => readme.includes(`| ${value.toFixed(digits)} `)), String(value)).toBe(true);
  });
});
