import { type Executor, type InputContract, type Scorer, UserError } from '../../models/contracts/index.ts';
import { type ImageSource, openImages } from './dataset.ts';
import { measure } from './measure.ts';
import { formatProtocol, type Protocol } from './protocol.ts';
import { recolor } from './recolor.ts';
import type { OutputContract } from './tensor-image.ts';
import { loadCase, type TestCase } from './test-case.ts';
import { openUpscaler } from './upscaler.ts';

export interface ScorerOptions {
  readonly executor: Executor;
  readonly contract: InputContract;
  readonly output?: OutputContract;
  readonly images: ImageSource;
  readonly protocol: Protocol;
  /** Use the first so many images only. */
  readonly limit?: number;
}

/**
 * Quality under one protocol as a single number, for quantizers and tuners. Images are read and degraded once, for the first model's
 * scale.
 */
export function qualityScorer(options: ScorerOptions): Scorer {
  const { protocol, images, limit } = options;
  if (protocol.metric !== 'psnr' && protocol.metric !== 'ssim') {
    throw new UserError(`${formatProtocol(protocol)} cannot steer a search, which needs a score that is better the higher it is.`, ['Use a psnr or ssim protocol.']);
  }
  let cases: { key: string; tests: Promise<TestCase[]> } | null = null;
  const testsFor = (scale: number, multiple: number): Promise<TestCase[]> => {
    const key = `${scale} ${multiple}`;
    if (cases?.key !== key) {
      cases = {
        key,
        tests: openImages(images, scale).then((set) =>
          Promise.all(set.files.slice(0, limit).map((file) => loadCase(file, { scale, multiple, protocol }))),
        ),
      };
    }
    return cases.tests;
  };
  return {
    id: `quality ${formatProtocol(protocol)} on ${options.executor.id}`,
    score: async (modelPath, signal) => {
      const upscaler = await openUpscaler({ ...options, modelPath, ...(signal ? { signal } : {}) });
      const tests = await testsFor(upscaler.scale, upscaler.multiple);
      let sum = 0;
      for (const { hr, lr } of tests) {
        const output = await upscaler.run(lr);
        sum += measure(hr, protocol.channel === 'rgb' ? recolor(output, lr, upscaler.scale) : output, protocol, upscaler.scale);
      }
      return sum / tests.length;
    },
  };
}
