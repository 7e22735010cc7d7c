import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { packageExecutor } from '../../../../converters/coreml/index.ts';
import type { NamedArrays, NdArray } from '../../../../models/contracts/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { createHostExecutor } from '../../../../models/run/index.ts';
import { relativeToRange } from '../../../support/compare.ts';
import { readNpy } from '../../../support/npy.ts';
import { fixture, sharedData } from '../../../support/paths.ts';
import { witnesses } from './witnesses.ts';

const host = createHostExecutor({ threads: 1 });
const executor = packageExecutor(host);
afterAll(() => host.close());

const file = (name: string): string => fixture('coreml-witnesses', name);

async function run(name: string, scale = 1): Promise<NdArray> {
  const input = readNpy(file(`${name}.input.npy`));
  const feed: NamedArrays = new Map([['x', { ...input, data: (input.data as Float32Array).map((value) => value * scale) }]]);
  const [outputs] = await executor.run(file(`${name}.mlpackage`), [feed]);
  return (outputs as NamedArrays).get('y') ?? ([...(outputs as NamedArrays).values()][0] as NdArray);
}

/** Signal against noise, in dB of the peak 1. */
function psnr(computed: NdArray, expected: NdArray): number {
  const [a, b] = [Tensor.fromNdArray(computed).numbers(), Tensor.fromNdArray(expected).numbers()];
  return -10 * Math.log10(b.reduce((sum, value, i) => sum + (value - (a[i] as number)) ** 2, 0) / b.length);
}

describe("coremltools' own PyTorch frontend wrote these, PyTorch computed their outputs", () => {
  const { fp32, fp16, compressed } = witnesses();

  test('all 73 are here', () => {
    expect([fp32.length, fp16.length, compressed.length]).toEqual([65, 2, 6]);
  });

  test.each(fp32)('%s in fp32 equals PyTorch to 1e-5 of its range', async (name) => {
    const expected = readNpy(file(`${name}.output.npy`));
    const computed = await run(name);
    expect(computed.dims).toEqual(expected.dims);
    expect(relativeToRange(computed, expected)).toBeLessThan(1e-5);
  });

  /** Four layers round weights, sums and results to 11 bits: 2⁻¹² of the values at most each, which is 72 dB below a peak of 1 all together. */
  test.each(fp16)('%s in fp16 is within 66 dB of PyTorch, and not better than fp16 can be', async (name) => {
    const quality = psnr(await run(name, name.endsWith('image_in') ? 255 : 1), readNpy(file(`${name}.output.npy`)));
    expect(quality).toBeGreaterThan(66);
    expect(quality).toBeLessThan(90);
  });
});

/** Luminance of a picture in [0, 1]. */
async function luminance(path: string): Promise<{ readonly values: Float32Array; readonly width: number; readonly height: number }> {
  const { data, info } = await sharp(path).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  return { values: Float32Array.from(data, (value) => value / 255), width: info.width, height: info.height };
}

describe("other people's packages (open sizes, fp16, four times as large)", () => {
  const [packages, pictures] = [sharedData('third-party/espcn-ios'), sharedData('images/Set5')];
  const why = packages === null || pictures === null ? ' (skipped: no ../shared/data)' : '';

  test.skipIf(why !== '').each([['ESPCN', 'input_1', 'Identity'], ['ESPCN-torch', 'x_1', 'var_43']])(`%s restores a picture better than cubic interpolation${why}`, async (name, input, output) => {
    const small = await luminance(`${pictures}/LR_bicubic/X4/butterflyx4.png`);
    const large = await luminance(`${pictures}/HR/butterfly.png`);
    const dims = name === 'ESPCN' ? [1, small.height, small.width, 1] : [1, 1, small.height, small.width];
    const [outputs] = await executor.run(`${packages}/${name}.mlpackage`, [new Map([[input, { dtype: 'float32', dims, data: small.values }]])]);
    const raw = { width: small.width, height: small.height, channels: 1 } as const;
    const cubic = await sharp(Buffer.from(small.values.map((value) => value * 255)), { raw }).resize(large.width, large.height, { kernel: 'cubic' }).toColourspace('b-w').raw().toBuffer();
    const expected: NdArray = { dtype: 'float32', dims: [large.values.length], data: large.values };
    const interpolated = psnr({ ...expected, data: Float32Array.from(cubic, (value) => value / 255) }, expected);
    expect(psnr((outputs as NamedArrays).get(output) as NdArray, expected)).toBeGreaterThan(interpolated + 1);
  });
});
