import { basename, isAbsolute } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import type { Better } from '../stats/quality-drop.ts';

/** How the low-resolution input is made from the original. */
export const LR_GENERATIONS = {
  matlab: 'LR by MATLAB imresize bicubic on 8-bit RGB, each pass rounded, mirrored border',
  'matlab-clamp': 'LR by MATLAB imresize bicubic on 8-bit RGB, each pass rounded, edge pixel repeated (older MATLAB)',
  'matlab-double': 'LR by MATLAB imresize bicubic in double precision, rounded once at the end',
  'matlab-trunc': 'LR by MATLAB imresize bicubic in double precision, truncated to 8 bits (AIMET)',
  pil: 'LR by Pillow BICUBIC on 8-bit RGB',
  srcnn: 'LR by MATLAB imresize bicubic of the rounded luma in double precision, never rounded (SRCNN)',
} as const;

export type LrGeneration = keyof typeof LR_GENERATIONS;

export const PICTURE_METRICS = ['psnr', 'ssim', 'color', 'texture', 'onnx', 'module'] as const;

/** A metric of an output picture against its original, with everything that its value depends on. */
export interface Protocol {
  readonly metric: (typeof PICTURE_METRICS)[number];
  readonly channel: 'y' | 'rgb';
  /** Pixels cut from each side before the metric; `scale`: as many as the model's scale. */
  readonly crop: number | 'scale';
  readonly lr: LrGeneration;
  /** Luma in fractions of a level, or rounded to whole levels. */
  readonly luma: 'float' | 'round';
  /** Model outputs rounded and clamped to 8 bits before the metric, or taken as they are. */
  readonly output: '8bit' | 'float';
  /** Where the original is cut to a multiple of the scale. */
  readonly modCrop: 'top-left' | 'center';
  /** Luma of single-channel files: converted like RGB, or the grey level itself. */
  readonly gray: 'convert' | 'raw';
  /** Of `color`: each pixel's difference, or that of the pictures' mean colours. */
  readonly of?: 'pixels' | 'mean';
  /** Of `onnx` and `module`: the network or the JavaScript file. */
  readonly file?: string;
  /** Of `onnx`: what the network expects for levels 0 and 255; null leaves it to the network's metadata. */
  readonly range?: readonly [number, number] | null;
  /** Of `onnx` and `module`. */
  readonly better?: 'higher' | 'lower';
}

/** Protocols that have a name of their own. */
export const PRESETS: Readonly<Record<string, string>> = {
  quicksrnet: 'psnr:y:crop0:matlab-trunc:float:center',
};

const LR_NAMES = Object.keys(LR_GENERATIONS).join('|');
const COMMON = `[:cropN|crop][:${LR_NAMES}][:float][:center]`;

/** How each metric is written. */
export const PICTURE_GRAMMAR: Readonly<Record<Protocol['metric'], string>> = {
  psnr: `psnr[:y|rgb]${COMMON}[:yround][:grayraw]`, ssim: `ssim[:y|rgb]${COMMON}[:yround][:grayraw]`,
  color: `color[:mean]${COMMON}`, texture: `texture${COMMON}[:grayraw]`,
  onnx: `onnx:FILE[:range=LOW..HIGH][:higher]${COMMON}`, module: `module:FILE[:lower]${COMMON}`,
};

/** Settings that a metric's name may hold; the others have one value only. */
const OPEN: Readonly<Record<Protocol['metric'], readonly (keyof Protocol)[]>> = {
  psnr: ['channel', 'luma', 'gray'], ssim: ['channel', 'luma', 'gray'], color: ['of'], texture: ['gray'], onnx: ['range', 'better'], module: ['better'],
};
const ALWAYS_OPEN: readonly (keyof Protocol)[] = ['crop', 'lr', 'output', 'modCrop'];

/**
 * Reads a protocol name such as `psnr:y:crop2:matlab`, `ssim:rgb:crop4:pil`, `color`, or `onnx:lpips.onnx:range=-1..1`. What is left out is luma,
 * a border as wide as the scale, MATLAB bicubic, unrounded luma (rounded for srcnn), outputs rounded to 8 bits, cut at the top left, grey
 * converted. Throws UserError naming the part that is not known.
 */
export function parseProtocol(text: string): Protocol {
  const [metric, ...rest] = expandPreset(text.trim()).split(':') as [string, ...string[]];
  const name = metric.toLowerCase() as Protocol['metric'];
  if (!PICTURE_METRICS.includes(name)) throw badProtocol(text, `"${name}" is not a metric of pictures`);
  const { file, parts } = name === 'onnx' || name === 'module' ? splitFile(text, name, rest) : { file: null, parts: rest };
  let protocol: Protocol = { ...initial(name), ...(file === null ? {} : { file }) };
  const given = new Set<string>();
  for (const part of parts.map((one) => one.toLowerCase())) {
    const change = readPart(part);
    if (!change) throw badProtocol(text, `"${part}" is not known`);
    const key = Object.keys(change)[0] as keyof Protocol;
    if (!ALWAYS_OPEN.includes(key) && !OPEN[name].includes(key)) throw badProtocol(text, `${name} has no "${part}"`);
    if (given.has(key)) throw badProtocol(text, `"${part}" sets ${key} a second time`);
    given.add(key);
    protocol = { ...protocol, ...change };
  }
  if (protocol.lr === 'srcnn' && (protocol.channel === 'rgb' || name === 'texture')) throw badProtocol(text, 'srcnn is a luma protocol of psnr and ssim');
  if (protocol.channel === 'rgb' && protocol.luma === 'round') throw badProtocol(text, 'yround needs the luma channel');
  return protocol.lr === 'srcnn' ? { ...protocol, luma: 'round' } : protocol;
}

/** The canonical name: metric, channel where there is a choice, border and LR generation always, the rest where it differs from the default. */
export function formatProtocol(protocol: Protocol): string {
  const { metric, channel, crop, lr, luma, output, modCrop, gray, of, file, range, better } = protocol;
  return [
    metric, ...(file === undefined ? [] : [isAbsolute(file) ? basename(file) : file]), ...(range ? [`range=${range[0]}..${range[1]}`] : []),
    ...(OPEN[metric].includes('channel') ? [channel] : []), ...(of === 'mean' ? ['mean'] : []),
    crop === 'scale' ? 'crop' : `crop${crop}`, lr,
    ...(luma === 'round' ? ['yround'] : []), ...(output === 'float' ? ['float'] : []),
    ...(modCrop === 'center' ? ['center'] : []), ...(gray === 'raw' ? ['grayraw'] : []),
    ...(better !== undefined && better !== initial(metric).better ? [better] : []),
  ].join(':');
}

/** Unit of a protocol's values as shown: `dB`, or nothing. */
export function protocolUnit(protocol: Protocol): 'dB' | '' {
  return protocol.metric === 'psnr' ? 'dB' : '';
}

/** Which values of a protocol are good. */
export function protocolBetter({ metric, better }: Protocol): Better {
  if (metric === 'texture') return 'one';
  return metric === 'color' ? 'lower' : (better ?? 'higher');
}

/** The same protocol with its file at an absolute path, found from `folder`. */
export function withFileFrom(text: string, resolveFile: (file: string) => string): string {
  const [metric] = text.split(':');
  if (metric !== 'onnx' && metric !== 'module') return text;
  const { file, parts } = splitFile(text, metric, text.split(':').slice(1));
  return [metric, resolveFile(file), ...parts].join(':');
}

function initial(metric: Protocol['metric']): Protocol {
  const common = { crop: 'scale', lr: 'matlab', luma: 'float', output: '8bit', modCrop: 'top-left', gray: 'convert' } as const;
  switch (metric) {
    case 'psnr': case 'ssim': case 'texture': return { metric, channel: 'y', ...common };
    case 'color': return { metric, channel: 'rgb', ...common, of: 'pixels' };
    case 'onnx': return { metric, channel: 'rgb', ...common, range: null, better: 'lower' };
    case 'module': return { metric, channel: 'rgb', ...common, better: 'higher' };
  }
}

/** The file is what stands before the last parts that are settings: it may hold colons of its own. */
function splitFile(text: string, metric: string, rest: readonly string[]): { file: string; parts: string[] } {
  let end = rest.length;
  while (end > 1 && readPart((rest[end - 1] as string).toLowerCase())) end--;
  const file = rest.slice(0, end).join(':');
  if (file === '' || (end === 1 && readPart(file.toLowerCase()))) throw badProtocol(text, `${metric} needs a file`);
  return { file, parts: rest.slice(end) };
}

function expandPreset(text: string): string {
  const name = text.toLowerCase();
  return Object.hasOwn(PRESETS, name) ? (PRESETS[name] as string) : text;
}

function readPart(part: string): Partial<Protocol> | null {
  if (part === 'y' || part === 'rgb') return { channel: part };
  if (part === 'crop') return { crop: 'scale' };
  const crop = /^crop(\d{1,3})$/.exec(part);
  if (crop) return { crop: Number(crop[1]) };
  const range = /^range=(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)$/.exec(part);
  if (range && Number(range[1]) < Number(range[2])) return { range: [Number(range[1]), Number(range[2])] };
  if (Object.hasOwn(LR_GENERATIONS, part)) return { lr: part as LrGeneration };
  return Object.hasOwn(WORDS, part) ? (WORDS[part] as Partial<Protocol>) : null;
}

const WORDS: Readonly<Record<string, Partial<Protocol>>> = {
  yround: { luma: 'round' }, yfloat: { luma: 'float' },
  round8: { output: '8bit' }, float: { output: 'float' },
  center: { modCrop: 'center' }, topleft: { modCrop: 'top-left' },
  grayraw: { gray: 'raw' }, grayconvert: { gray: 'convert' },
  mean: { of: 'mean' }, pixels: { of: 'pixels' },
  lower: { better: 'lower' }, higher: { better: 'higher' },
};

function badProtocol(text: string, why: string): UserError {
  const metric = text.trim().split(':')[0]?.toLowerCase() ?? '';
  const grammar = Object.hasOwn(PICTURE_GRAMMAR, metric) ? PICTURE_GRAMMAR[metric as Protocol['metric']] : PICTURE_GRAMMAR.psnr;
  return new UserError(`"${text}" is not a quality protocol: ${why}.`, [`Write ${grammar}; e.g. psnr:y:crop2:matlab.`, 'dyno quality --list-metrics lists all of them.']);
}
