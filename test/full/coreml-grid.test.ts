import { afterAll, describe, expect, test } from 'vitest';
import { MIL_OPSETS } from '../../converters/coreml/plan.ts';
import { openCoremlToolchain } from '../../converters/coreml/toolchain.ts';
import { createHostExecutor } from '../../models/run/index.ts';
import { allCases } from '../converters/coreml/lower/grid/all-cases.ts';
import { runGrid } from '../converters/coreml/lower/grid/run-grid.ts';

const toolchain = openCoremlToolchain();
const host = createHostExecutor();
afterAll(async () => {
  await host.close();
  if (!(toolchain instanceof Error)) await toolchain.close();
});

describe.skipIf(toolchain instanceof Error)('the operator grid for every system, in both precisions', () => {
  const runs = MIL_OPSETS.flatMap((opset) => (['fp32', 'fp16'] as const).flatMap((precision) => [...allCases()].map(([family, cases]) => ({ opset, precision, family, cases }))));
  test.each(runs)('$family for $opset in $precision', async ({ opset, precision, cases }) => {
    if (toolchain instanceof Error) throw toolchain;
    expect(await runGrid(cases, toolchain, host, { opset, precision })).toEqual([]);
  }, 300_000);

  test('products as convolutions of 1×1', async () => {
    if (toolchain instanceof Error) throw toolchain;
    const cases = (allCases().get('products') ?? []).filter(({ name }) => /^(MatMul|Gemm)/.test(name));
    expect(await runGrid(cases, toolchain, host, { opset: 'iOS16', precision: 'fp32', linearAs: 'conv' })).toEqual([]);
  }, 300_000);
});
