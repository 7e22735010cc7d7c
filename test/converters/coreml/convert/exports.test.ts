import { afterAll, describe, expect, test } from 'vitest';
import type { CoremlToolchain } from '../../../../converters/coreml/toolchain.ts';
import { createHostExecutor } from '../../../../models/run/index.ts';
import { coremlMissing, coremlToolchain } from '../../../support/coreml.ts';
import { acceptExport } from './accept.ts';

const toolchain = coremlToolchain as CoremlToolchain;
const host = createHostExecutor();
afterAll(async () => {
  await host.close();
  await coremlToolchain?.close();
});

/** All of them, for three systems, are in test/full. */
const NAMES = ['channel_shuffle_op17', 'fsrcnn_op13', 'grid_six_axes_op17', 'unshuffle_ultra_op10', 'vap_block_op11', 'window_attention_batch4_op17'];

describe.skipIf(!coremlToolchain)(`networks as PyTorch exports them${coremlMissing}`, () => {
  test.each(NAMES)('%s: fp32 above 100 dB, fp16 above 50 dB', async (name) => {
    for (const [precision, least] of [['fp32', 100], ['fp16', 50]] as const) {
      const { parity } = await acceptExport(name, toolchain, host, { opset: 'iOS16', precision });
      expect(Math.min(...parity.outputs.map(({ psnr }) => psnr))).toBeGreaterThan(least);
    }
  });
});
