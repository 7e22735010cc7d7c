import { afterAll, describe, expect, test } from 'vitest';
import { loweredOperators } from '../../../../converters/coreml/lower/catalog.ts';
import { openCoremlToolchain } from '../../../../converters/coreml/toolchain.ts';
import { createHostExecutor } from '../../../../models/run/index.ts';
import { allCases } from './grid/all-cases.ts';
import { runGrid } from './grid/run-grid.ts';
import { sampleOf } from './grid/sample.ts';

const toolchain = openCoremlToolchain();
const host = createHostExecutor();
afterAll(async () => {
  await host.close();
  if (!(toolchain instanceof Error)) await toolchain.close();
});

describe.skipIf(toolchain instanceof Error)('operators through lowering, coremltools and the translation of the package, beside ONNX Runtime (a sample; all cases, systems and precisions: test/full)', () => {
  test('each operator, and a quarter of all cases: equal, or refused for the reason stated', async () => {
    if (toolchain instanceof Error) throw toolchain;
    const cases = [...allCases().values()].flatMap((family) => sampleOf(family, 4));
    expect(await runGrid(cases, toolchain, host, { opset: 'iOS17', precision: 'fp32' })).toEqual([]);
  }, 480_000);

  test('products as convolutions of 1×1', async () => {
    if (toolchain instanceof Error) throw toolchain;
    const cases = (allCases().get('products') ?? []).filter(({ name }) => /^(MatMul|Gemm)/.test(name));
    expect(await runGrid(sampleOf(cases, 4), toolchain, host, { opset: 'iOS16', precision: 'fp32', linearAs: 'conv' })).toEqual([]);
  }, 480_000);
});

test('every operator that is lowered has a case in the grid', () => {
  const operators = new Set([...allCases().values()].flat().flatMap(({ spec }) => spec.nodes.map(([opType]) => opType)));
  expect(loweredOperators().filter((operator) => !operators.has(operator))).toEqual([]);
});
