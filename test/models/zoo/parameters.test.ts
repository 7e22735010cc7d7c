import { describe, expect, test } from 'vitest';
import { inferShapes, Model, modelCost } from '../../../models/graph/index.ts';
import { countParameters, type Form, generateNetwork, networkNamed, NETWORKS } from '../../../models/zoo/index.ts';

/** Published, or counted in PyTorch or in released checkpoints: reference/sr-models.md names the source of each. */
const PARAMETERS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'quicksrnet-small': { 1.5: 22_875, 2: 22_860, 3: 27_195, 4: 33_264 },
  'quicksrnet-medium': { 1.5: 50_619, 2: 50_604, 3: 54_939, 4: 61_008 },
  'quicksrnet-large': { 1.5: 415_695, 2: 414_972, 3: 423_687, 4: 435_888 },
  'abpn-28': { 2: 39_288, 3: 43_143, 4: 48_540 },
  'abpn-32': { 2: 50_652, 3: 55_047, 4: 61_200 },
  'abpn-original': { 3: 42_539 },
  xlsr: { 2: 17_612, 3: 21_947, 4: 28_016 },
  espcn: { 2: 21_284, 3: 22_729, 4: 24_752 },
  fsrcnn: { 2: 12_809, 3: 12_809, 4: 12_809 },
  rfdn: { 2: 417_212, 3: 423_977, 4: 433_448 },
  'edsr-baseline': { 2: 1_369_859, 3: 1_554_499, 4: 1_517_571 },
  'realesr-animevideov3': { 4: 621_424 },
  'realesr-general-x4v3': { 4: 1_213_296 },
  'ecbsr-m4c16': { 2: 10_100 },
  'realesrgan-x4plus': { 4: 16_697_987 },
  'realesrgan-x2plus': { 2: 16_703_171 },
  'bsrgan-x2': { 2: 16_661_059 },
  'realesrgan-x4plus-anime-6b': { 4: 4_467_779 },
  'swinir-light': { 2: 910_152, 3: 918_267, 4: 929_628 },
  'swinir-classical': { 2: 11_752_487, 3: 11_937_127, 4: 11_900_199 },
  'swinir-real-m': { 4: 11_715_559 },
  'swinir-real-l': { 4: 28_013_059 },
  vapsr: { 2: 329_236, 3: 336_811, 4: 342_220 },
  'vapsr-s': { 4: 154_956 },
  'catid-upsampling': { 2: 793_252 },
  'catid-tiny': { 4: 28_288 },
  ultramini: { 2: 109_152 },
};

/** Expanded and collapsed, ×2 ×3 ×4. */
const SESR: Readonly<Record<string, readonly [readonly number[], readonly number[]]>> = {
  'sesr-m3': [[251_772, 255_687, 261_168], [13_036, 19_111, 27_616]],
  'sesr-m5': [[333_724, 337_639, 343_120], [17_676, 23_751, 32_256]],
  'sesr-m7': [[415_676, 419_591, 425_072], [22_316, 28_391, 36_896]],
  'sesr-m11': [[579_580, 583_495, 588_976], [31_596, 37_671, 46_176]],
  'sesr-xl': [[1_136_828, 1_140_743, 1_146_224], [113_820, 125_895, 142_800]],
};

const published = Object.entries(PARAMETERS).flatMap(([name, scales]) => Object.entries(scales).map(([scale, count]) => [name, Number(scale), networkNamed(name).forms[0] as Form, count] as const));
const sesr = Object.entries(SESR).flatMap(([name, forms]) => (['export', 'deploy'] as const).flatMap((form, i) => [2, 3, 4].map((scale, j) => [name, scale, form, forms[i]?.[j] as number] as const)));

test.each([...published, ...sesr])('%s ×%d %s has %d parameters', (name, scale, form, count) => {
  expect(countParameters(networkNamed(name), scale, form)).toBe(count);
});

test('EDSR rounds to the published 40.7, 43.7 and 43.1 million', () => {
  expect([2, 3, 4].map((scale) => (countParameters(networkNamed('edsr'), scale, 'export') / 1e6).toFixed(1))).toEqual(['40.7', '43.7', '43.1']);
});

test('weights alone: SESR on luma and FSRCNN, as their papers count', () => {
  const weights = (name: string, scale: number): number => {
    const { model } = generateNetwork(name, { scale, size: [8, 8] });
    return (model.graph?.initializer ?? []).filter(({ dims }) => dims?.length === 4).reduce((sum, { dims }) => sum + (dims ?? []).reduce((a: number, b) => a * Number(b), 1), 0);
  };
  expect(['m3', 'm5', 'm7', 'm11', 'xl'].map((size) => weights(`sesr-${size}-y`, 2))).toEqual([8912, 13_520, 18_128, 27_344, 105_376]);
  expect(['m3', 'm5', 'm7', 'm11', 'xl'].map((size) => weights(`sesr-${size}-y`, 4))).toEqual([13_712, 18_320, 22_928, 32_144, 114_976]);
  expect([weights('fsrcnn', 2), weights('fsrcnn-s', 2)]).toEqual([12_464, 3937]);
});

describe('the file', () => {
  const folded = new Set(['swinir-light', 'swinir-classical', 'swinir-real-m', 'swinir-real-l', 'swinir-one-group']);
  const small = NETWORKS.filter((network) => countParameters(network, network.scales[0] as number, network.forms[0] as Form) < 2e6 && !folded.has(network.name));
  /** Taken off and put back: constants of three numbers that a counter cannot tell from a bias. */
  const meanColours = (name: string): number => (/^(edsr|swinir)/.test(name) ? 6 : 0);
  test.each(small.map(({ name }) => name))('%s holds as many parameters as are counted', (name) => {
    const { model: proto, parameters } = generateNetwork(name, { size: [16, 16] });
    const model = new Model(proto);
    inferShapes(model);
    expect(modelCost(model).parameters).toBe(parameters + meanColours(name));
  });
  test('SwinIR’s lookup tables are folded: each is 4096 numbers a head in the file, of 225 trained', () => {
    const { model: proto, parameters } = generateNetwork('swinir-one-group', { size: [16, 24] });
    const model = new Model(proto);
    inferShapes(model);
    expect(modelCost(model).parameters - parameters).toBe(2 * 6 * (4096 - 225) + meanColours('swinir'));
  });
});

test('RFDN at 256×256: 27.10 G multiply-accumulates (NTIRE 2022), to half a percent', () => {
  const model = new Model(generateNetwork('rfdn', { scale: 4, size: [256, 256] }).model);
  inferShapes(model);
  expect(Math.abs((modelCost(model).macs as number) / 27.1e9 - 1)).toBeLessThan(0.005);
});
