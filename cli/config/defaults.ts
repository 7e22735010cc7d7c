import type { Config } from './config.ts';

/** What holds where neither a flag, nor the environment, nor the config file says anything. */
export const DEFAULTS: Config = {
  models: {},
  targets: ['ane:A15', 'htp:SM8550'],
  images: null,
  seed: 1,
  rewrite: { only: [], skip: [], allow: [], verify: 'quick', opset: null },
  quantize: { scheme: 'w8a8', methods: ['minmax'], percentile: 99.99, images: 32 },
  convert: { coreml: { minIos: 16, precision: 'fp16', input: 'tensor', imageOutput: false, weights: null, keepFp32: [] } },
  bench: { on: ['host'], units: [], profile: 'quick', rounds: [5, 8], size: 128, wait: 30, mode: 'burst', fps: 30, seconds: 60 },
  phone: { sdk: null, chip: null, perf: 'burst', link: 'appium', chain: 'compiler', operations: true },
  farms: {},
  quality: { metrics: ['psnr:y', 'psnr:rgb', 'ssim:y'], on: ['host'], tile: 128, datasets: {}, use: [], degrade: null, baselines: ['bicubic'] },
  gate: { gates: [] },
  base: null,
  outputs: {},
  sweep: null,
  runs: '.dyno/runs',
};
