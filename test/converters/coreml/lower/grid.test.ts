import { afterAll, describe, expect, test } from 'vitest';
import { openCoremlToolchain } from '../../../../converters/coreml/toolchain.ts';
import { createHostExecutor } from '../../../../models/run/index.ts';
import { allCases } from './grid/all-cases.ts';
import { runGrid } from './grid/run-grid.ts';

const toolchain = openCoremlToolchain();
const host = createHostExecutor();
afterAll(async () => {
  await host.close();
  if (!(toolchain instanceof Error)) await toolchain.close();
});

describe.skipIf(toolchain instanceof Error)('operators through lowering, coremltools and the translation of the package, beside ONNX Runtime (all targets: test/full)', () => {
  test.each([...allCases()])('%s: equal, or refused for the reason stated', async (_, cases) => {
    if (toolchain instanceof Error) throw toolchain;
    expect(await runGrid(cases, toolchain, host, { opset: 'iOS17', precision: 'fp32' })).toEqual([]);
  }, 480_000);

  test('products as convolutions of 1×1', async () => {
    if (toolchain instanceof Error) throw toolchain;
    const cases = allCases().get('products')?.filter(({ name }) => /^(MatMul|Gemm)/.test(name)) ?? [];
    expect(await runGrid(cases, toolchain, host, { opset: 'iOS16', precision: 'fp32', linearAs: 'conv' })).toEqual([]);
  }, 480_000);
});
