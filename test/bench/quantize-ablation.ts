/**
 * The ablation of the quantizer on networks of the zoo: every row in ONNX Runtime; on emulated chips first the rows of --emulate, one chip and set after
 * the other, then all rows on the sets and chips of --every. What was scored is kept in FOLDER/cells.json, so that a run goes on where it was broken off; README.md is written anew after each part.
 * Calibrated on the pictures that come with dyno. Same as `dyno quantize MODEL --ablation --data models/zoo/samples --test DIR --on host,emulator:v73`.
 *
 *     npx tsx test/bench/quantize-ablation.ts [--out examples/quantize-ablation] [--tests ../shared/data/images/Set5,../shared/data/images/kodak]
 *                                             [--on v68,v73,v79,v81] [--emulate "quicksrnet-small-x2=+ equalized, 0.5;ultramini-x2=residuals folded, equalized 1"]
 *                                             [--every "Set5=v68,v73,v79,v81;kodak=v73"]
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULTS } from '../../cli/config/defaults.ts';
import { ablationMarkdown } from '../../cli/text/quantize-ablation-text.ts';
import { ablateModels, type AblationTable } from '../../cli/work/quantize-ablation.ts';
import { writeFileSafely } from '../../cli/write-file.ts';
import { ABLATION } from '../../converters/quantize/index.ts';
import { repoRoot } from '../support/paths.ts';

const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: join(repoRoot, 'examples/quantize-ablation') },
    tests: { type: 'string', default: '../shared/data/images/Set5,../shared/data/images/kodak' },
    on: { type: 'string', default: 'v68,v73,v79,v81' },
    every: { type: 'string', default: 'Set5=v68,v73,v79,v81;kodak=v73' },
    emulate: { type: 'string', default: 'quicksrnet-small-x2=+ equalized, 0.5;ultramini-x2=residuals folded, equalized 1' },
  },
});

const tests = options.tests.split(',').map((folder) => resolve(repoRoot, folder)).filter((folder) => existsSync(folder) || warn(`${folder} is not here: left out.`));
const chips = options.on.split(',').map((chip) => `emulator:${chip}`);
const emulate = new Map(options.emulate.split(';').map((part) => part.split('=') as [string, string]));
const file = join(options.out, 'cells.json');
const tables: AblationTable[] = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as AblationTable[]) : [];
mkdirSync(options.out, { recursive: true });

for (const model of emulate.keys()) {
  const missing = tests.filter((test) => !scored(model, 'float', test, 'host'));
  if (missing.length > 0) await run(model, ABLATION.map(({ name }) => name), missing, ['host']);
  const absent = ABLATION.filter(({ name }) => !tables.find((table) => table.model === model)?.lines.some((line) => line.name === name)).map(({ name }) => name);
  if (absent.length > 0) await run(model, absent, tests, ['host']);
}
for (const test of tests) {
  for (const chip of chips) {
    for (const [model, row] of emulate) if (!scored(model, row, test, chip)) await run(model, [row], [test], [chip]);
  }
}
for (const part of options.every.split(';').filter(Boolean)) {
  const [set, generations = ''] = part.split('=') as [string, string | undefined];
  const test = tests.find((folder) => basename(folder) === set);
  if (!test) continue;
  for (const model of emulate.keys()) {
    const on = generations.split(',').map((chip) => `emulator:${chip}`);
    const lines = tables.find((table) => table.model === model)?.lines.filter(({ name, missing }) => name !== 'float' && missing === null) ?? [];
    const names = lines.filter(({ name }) => on.some((chip) => !scored(model, name, test, chip))).map(({ name }) => name);
    for (const name of names) await run(model, [name], [test], on.filter((chip) => !scored(model, name, test, chip)));
  }
}
save();

async function run(model: string, names: readonly string[], folders: readonly string[], on: readonly string[]): Promise<void> {
  const path = join(repoRoot, `models/zoo/weights/${model}.onnx`);
  const config = { ...DEFAULTS, images: join(repoRoot, 'models/zoo/samples') };
  const [table] = await ablateModels({
    refs: [{ id: model, path }], config, tests: folders, rows: ABLATION.filter(({ name }) => names.includes(name)), on, env: process.env, signal: new AbortController().signal,
    progress: (note, done, total) => process.stderr.write(`${done ?? ''}/${total ?? ''} ${note}\n`),
  });
  if (!table) return;
  const known = tables.findIndex((other) => other.model === model);
  if (known < 0) tables.push(table);
  else tables[known] = merged(tables[known] as AblationTable, table);
  save();
}

function save(): void {
  writeFileSafely('cells.json', `${JSON.stringify(tables, null, 1)}\n`, options.out);
  writeFileSafely('README.md', readme(), options.out);
}

/** Cells and lines of a later part join those of an earlier one; times stay those of the earlier. */
function merged(before: AblationTable, after: AblationTable): AblationTable {
  const lines = before.lines.map((line) => {
    const cells = after.lines.find(({ name }) => name === line.name)?.cells ?? [];
    const isKnown = (cell: (typeof cells)[number]): boolean => line.cells.some(({ dataset, executor }) => dataset === cell.dataset && executor === cell.executor);
    return { ...line, cells: [...line.cells, ...cells.filter((cell) => !isKnown(cell))] };
  });
  const added = after.lines.filter(({ name }) => !lines.some((line) => line.name === name));
  const place = ({ name }: { name: string }): number => ABLATION.findIndex((row) => row.name === name);
  return { ...before, lines: [...lines, ...added].sort((a, b) => place(a) - place(b)), executors: [...new Set([...before.executors, ...after.executors])], tools: { ...before.tools, ...after.tools }, refused: [...new Set([...before.refused, ...after.refused])] };
}

function scored(model: string, row: string, test: string, on: string): boolean {
  const line = tables.find((table) => table.model === model)?.lines.find(({ name }) => name === row);
  return line?.cells.some(({ dataset, executor }) => dataset === basename(test) && (executor === on || executor === chipOf(on))) === true;
}

function chipOf(selector: string): string {
  const parts: Record<string, string> = { v68: 'SM8350', v73: 'SM8550', v79: 'SM8750', v81: 'SM8850' };
  const [kind, id = ''] = selector.split(':');
  return `${kind}:${parts[id] ?? id}`;
}

function readme(): string {
  return `# What each step of quantizing gains

Made by \`npx tsx test/bench/quantize-ablation.ts\`, and for other models by \`dyno quantize MODEL --ablation --data CALIBRATION --test Set5,kodak --on host,emulator:v73\`.
Calibrated on the four pictures that come with dyno (\`models/zoo/samples\`), which are in none of the test sets. Losses in dB, smaller is better; figures of ONNX Runtime
are computed, those of chips emulated. Seconds are those of quantizing on a shared machine with much other work; compare them within a table only.
What the rows mean is in [docs/quantize.md](../../docs/quantize.md).

${ablationMarkdown(tables)}
`;
}

function warn(text: string): false {
  process.stderr.write(`${text}\n`);
  return false;
}
