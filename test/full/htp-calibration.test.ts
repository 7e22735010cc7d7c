import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compileForHtp, htpExecutor, type HtpToolchain, verifyOnHtp } from '../../converters/htp/index.ts';
import { checkModel, resolveSoc, resolveTarget } from '../../converters/rules/index.ts';
import { inferShapes, Model } from '../../models/graph/index.ts';
import { createHostExecutor } from '../../models/run/index.ts';
import { buildModel, toBytes } from '../support/build-model.ts';
import { htpMissing, htpToolchain } from '../support/htp.ts';
import { repoRoot } from '../support/paths.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { type GridModel, htpGrid } from './htp-grid.ts';

/** `invalid`: ONNX Runtime does not load it; none of the grid may be. */
type Word = 'taken' | 'left' | 'wrong' | 'failed' | 'invalid';

interface Exception { readonly rules: Word; readonly compiler: Word; readonly why: string }

/** Disagreements that stay, with the reason, by model of the grid. */
const EXCEPTIONS = JSON.parse(readFileSync(join(repoRoot, 'test/full/htp-exceptions.json'), 'utf8')) as Record<string, Exception>;

const temporary = temporaryFolder();
const target = resolveTarget('htp:SM8550');
const soc = resolveSoc('SM8550').soc;
const host = createHostExecutor({ threads: 1 });

describe.skipIf(!htpToolchain)(`rules against compiler and emulator${htpMissing}`, () => {
  const toolchain = htpToolchain as HtpToolchain;
  afterAll(() => Promise.all([host.close(), toolchain.close()]));

  test('every disagreement is a documented exception, and every exception a disagreement', async () => {
    const grid = htpGrid();
    expect(grid.length).toBeGreaterThan(700);
    const disagreements = new Map<string, Exception | { rules: Word; compiler: Word; said: string }>();
    await inParallel(2, grid, async ({ name, spec, ranges }, index) => {
      const path = temporary(`${index}.onnx`);
      writeFileSync(path, toBytes(buildModel(spec)));
      const rules = predicted(spec);
      const [compiler, said] = await asked(toolchain, path, ranges);
      if (rules !== compiler) disagreements.set(name, { rules, compiler, said });
    });
    if (process.env['DYNO_CALIBRATE']) writeFileSync(process.env['DYNO_CALIBRATE'], JSON.stringify(Object.fromEntries([...disagreements].sort()), null, 1));
    const words = (entries: Iterable<[string, { rules: Word; compiler: Word }]>): string[] => [...entries].map(([name, { rules, compiler }]) => `${name}: rules ${rules}, compiler ${compiler}`).sort();
    expect(words(disagreements)).toEqual(words(Object.entries(EXCEPTIONS)));
  }, 1_800_000);
});

function predicted(spec: GridModel['spec']): Word {
  const model = new Model(buildModel(spec));
  inferShapes(model);
  const severities = checkModel(model, target).map(({ severity }) => severity);
  if (severities.includes('blocks-conversion')) return 'failed';
  if (severities.includes('blocks-unit') || severities.includes('splits-graph')) return 'left';
  return severities.includes('wrong-result') ? 'wrong' : 'taken';
}

async function asked(toolchain: HtpToolchain, modelPath: string, ranges: GridModel['ranges']): Promise<[Word, string]> {
  const report = await compileForHtp(toolchain, { modelPath, soc }).catch((error: Error) => error.message);
  if (typeof report === 'string') return ['invalid', report];
  if (report.failure) return ['failed', report.failure.message];
  const [left] = report.nodes.filter(({ unit }) => unit === 'cpu');
  if (left || report.htpGraphs === 0) return ['left', left?.reason ?? ''];
  try {
    const { findings } = await verifyOnHtp({ modelPath, emulator: htpExecutor(toolchain, soc), host, ...(ranges ? { ranges } : {}) });
    return findings.some(({ severity }) => severity === 'wrong-result') ? ['wrong', findings[0]?.reason ?? ''] : ['taken', ''];
  } catch (error) {
    return ['failed', (error as Error).message];
  }
}

async function inParallel<T>(workers: number, items: readonly T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: workers }, async () => {
    for (let index = next++; index < items.length; index = next++) await work(items[index] as T, index);
  }));
}
