import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { InputContract } from '../../../models/contracts/index.ts';
import { createHostExecutor } from '../../../models/run/index.ts';
import { evaluateQuality, parseProtocol } from '../../../reports/quality/index.ts';
import { repoRoot, sharedData } from '../../support/paths.ts';

const contract: InputContract = {
  name: 'input',
  kind: 'image',
  color: 'rgb',
  range: [0, 1],
  mean: [0, 0, 0],
  std: [1, 1, 1],
  layout: 'NCHW',
  dtype: 'float32',
  shape: [1, 3, null, null],
};
const weights = (name: string): string => join(repoRoot, 'models/zoo/weights', `${name}.onnx`);
const executor = createHostExecutor({ threads: 1 });
afterAll(() => executor.close());

// The weights' table was made with LR in double precision (im2double), rounded once.
const PROTOCOLS = ['psnr:y:crop2:matlab-double', 'psnr:rgb:crop2:matlab-double', 'ssim:y:crop2:matlab-double'].map(parseProtocol);

describe.skipIf(!sharedData('images'))(
  'the bundled networks score what their training measured (../shared/data; skipped where absent)',
  () => {
    test.each([
      [
        'Set5',
        [
          [33.6818, 31.7999, 0.9305],
          [36.7431, 34.6216, 0.9555],
          [35.2225, 33.0787, 0.9455],
        ],
      ],
      [
        'kodak',
        [
          [29.1443, 27.8075, 0.8453],
          [31.6695, 30.2701, 0.8984],
          [30.4904, 29.0915, 0.8844],
        ],
      ],
    ])('%s', async (set, table) => {
      const { records, scale, crops } = await evaluateQuality({
        images: sharedData(`images/${set}${set === 'Set5' ? '/HR' : ''}`) as string,
        protocols: PROTOCOLS,
        variants: ['quicksrnet-small-x2', 'ultramini-x2'].map((id) => ({ id, modelPath: weights(`${id}-dynamic`), contract, executor })),
      });
      expect(scale).toBe(2);
      for (const [v, row] of table.entries()) {
        for (const [p, value] of row.entries()) {
          const record = records[p * 3 + v];
          expect(record?.mean, `${record?.variant} ${record?.protocol}`).toBeCloseTo(value, 4);
        }
      }
      expect(records.map((r) => r.evidence)).toEqual(Array(9).fill('computed'));
      expect(crops.map((crop) => crop.reason)).toContain('worst');
    });
  },
);
