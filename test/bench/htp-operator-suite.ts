/**
 * ONNX's own operator tests through Qualcomm's compiler and emulator: which are accepted, which of those compute right, which kill the
 * process. One run judges one release of `onnxruntime-qnn`.
 *
 *     python3 -m venv /tmp/onnx && /tmp/onnx/bin/pip install onnx==1.23.2 && /tmp/onnx/bin/python test/fixtures/make-node-suite.py .dyno/node-suite
 *     npx tsx test/bench/htp-operator-suite.ts [--chip SM8550] [--parallel 2] [--only NAME] [--fresh] [--write docs/htp-operators.md]
 *
 * Results are kept per library version and chip in `.dyno/bench/`: a run that was broken off goes on, and one that is done prints at once.
 */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DynoError } from '../../models/contracts/index.ts';
import { type HtpToolchain, openHtpToolchain } from '../../converters/htp/index.ts';
import { checkModel, resolveSoc, resolveTarget } from '../../converters/rules/index.ts';
import { inferShapes, Model } from '../../models/graph/index.ts';
import { nodeSuiteAll } from '../support/node-suite.ts';
import { repoRoot } from '../support/paths.ts';
import { judgeCase, type SuiteResult } from './htp-suite/judge-case.ts';
import { suiteCases } from './htp-suite/suite-case.ts';
import { offenders, operatorTable, refusedOperators, summaryTable } from './htp-suite/tables.ts';

const { values: options } = parseArgs({
  options: {
    chip: { type: 'string', default: 'SM8550' },
    parallel: { type: 'string', default: '2' },
    only: { type: 'string' },
    fresh: { type: 'boolean', default: false },
    write: { type: 'string' },
  },
});

const toolchain = openHtpToolchain();
if (toolchain instanceof DynoError) throw toolchain;
const stored = nodeSuiteAll();
if (!stored) throw new Error('The suite is not here: make it as the head of this file says.');
const { soc } = resolveSoc(options.chip);
const target = resolveTarget(`htp:${options.chip}`);
const cases = suiteCases(stored).filter(({ name, operator }) => options.only === undefined || name.includes(options.only) || operator === options.only);
const results = await judged(toolchain);
await toolchain.close();
const page = render(results, toolchain);
console.log(page);
if (options.write) writeFileSync(options.write, page);

async function judged(toolchain: HtpToolchain): Promise<SuiteResult[]> {
  const kept = join(repoRoot, '.dyno/bench', `htp-operator-suite-${toolchain.packages['onnxruntime-qnn']}-${soc.chip}.jsonl`);
  mkdirSync(join(repoRoot, '.dyno/bench'), { recursive: true });
  if (options.fresh) rmSync(kept, { force: true });
  const known = new Map(existsSync(kept) ? readFileSync(kept, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as SuiteResult).map((r) => [key(r), r]) : []);
  const open = cases.filter((one) => !known.has(key(one)));
  const folder = mkdtempSync(join(tmpdir(), 'dyno-suite-'));
  const started = Date.now();
  let next = 0;
  await Promise.all(Array.from({ length: Number(options.parallel) }, async () => {
    for (let index = next++; index < open.length; index = next++) {
      const one = open[index] as (typeof open)[number];
      const result = await judgeCase(toolchain, soc, one, join(folder, `${index}.onnx`));
      known.set(key(result), result);
      appendFileSync(kept, `${JSON.stringify(result)}\n`);
      if (index % 100 === 99) console.error(`${index + 1} of ${open.length}, ${Math.round((Date.now() - started) / 1000)} s`);
    }
  }));
  rmSync(folder, { recursive: true });
  return cases.map((one) => known.get(key(one)) as SuiteResult);
}

/** What the rules say against a case before anybody compiles it: that it is refused, ends the compiler, or computes something else. */
function rulesOf(result: SuiteResult): string[] {
  const one = cases.find((candidate) => key(candidate) === key(result));
  if (!one) return [];
  const model = new Model(one.proto);
  inferShapes(model);
  const serious = checkModel(model, target).filter(({ severity }) => severity !== 'slow' && severity !== 'splits-graph');
  return [...new Set(serious.map(({ rule }) => rule.replace('htp/', '')))];
}

function key({ name, form }: Pick<SuiteResult, 'name' | 'form'>): string {
  return `${form} ${name}`;
}

function render(results: readonly SuiteResult[], { packages }: HtpToolchain): string {
  return `# ONNX's operator tests on HTP

What Qualcomm's compiler and emulator make of ONNX's own operator tests (onnx 1.23.2), for ${soc.chip} (Hexagon v${soc.hexagon}), onnxruntime-qnn
${packages['onnxruntime-qnn']}. Written by \`npx tsx test/bench/htp-operator-suite.ts --write docs/htp-operators.md\`. *given*: all inputs are fed, as ONNX publishes the
cases; *bound*: all but the first are initializers, as exporters write them (cases with one input are not repeated). Outputs are held against those that
ONNX publishes; cases that draw at random are left out. *rules*: what \`dyno check\` says of the case without the compiler.

${summaryTable(results)}

## Not right

${offenders(results, rulesOf)}

## By operator, both forms together

Operators of which no case is accepted: ${refusedOperators(results)}.

${operatorTable(results)}
`;
}
