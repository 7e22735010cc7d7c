import { UserError } from '../../models/contracts/index.ts';

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

/** A metric with everything that its value depends on. */
export interface Protocol {
  readonly metric: 'psnr' | 'ssim';
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
}

/** Protocols that have a name of their own. */
export const PRESETS: Readonly<Record<string, string>> = {
  quicksrnet: 'psnr:y:crop0:matlab-trunc:float:center',
};

const LR_NAMES = Object.keys(LR_GENERATIONS).join('|');
const GRAMMAR = `psnr|ssim[:y|rgb][:cropN|crop][:${LR_NAMES}][:yround][:float][:center][:grayraw], or quicksrnet`;

/**
 * Reads a protocol name such as `psnr:y:crop2:matlab` or `ssim:rgb:crop4:pil`. What is left out is luma, a border as wide as the scale,
 * MATLAB bicubic, unrounded luma (rounded for srcnn), outputs rounded to 8 bits, cut at the top left, grey converted. Throws UserError
 * naming the part that is not known.
 */
export function parseProtocol(text: string): Protocol {
  const [metric, ...parts] = expandPreset(text.trim().toLowerCase()).split(':');
  if (metric !== 'psnr' && metric !== 'ssim') throw bad(text, `"${metric}" is not a metric`);
  let protocol: Protocol = {
    metric, channel: 'y', crop: 'scale', lr: 'matlab', luma: 'float', output: '8bit', modCrop: 'top-left', gray: 'convert',
  };
  const given = new Set<string>();
  for (const part of parts) {
    const change = readPart(part);
    if (!change) throw bad(text, `"${part}" is not known`);
    const key = Object.keys(change)[0] as string;
    if (given.has(key)) throw bad(text, `"${part}" sets ${key} a second time`);
    given.add(key);
    protocol = { ...protocol, ...change };
  }
  if (protocol.channel === 'rgb' && protocol.lr === 'srcnn') throw bad(text, 'srcnn is a luma protocol');
  if (protocol.channel === 'rgb' && protocol.luma === 'round') throw bad(text, 'yround needs the luma channel');
  return protocol.lr === 'srcnn' ? { ...protocol, luma: 'round' } : protocol;
}

/** The canonical name: metric, channel, border and LR generation always, the rest where it differs from the default. */
export function formatProtocol(protocol: Protocol): string {
  return [
    protocol.metric, protocol.channel, protocol.crop === 'scale' ? 'crop' : `crop${protocol.crop}`, protocol.lr,
    ...(protocol.luma === 'round' ? ['yround'] : []), ...(protocol.output === 'float' ? ['float'] : []),
    ...(protocol.modCrop === 'center' ? ['center'] : []), ...(protocol.gray === 'raw' ? ['grayraw'] : []),
  ].join(':');
}

/** What the protocol fixes, in words. */
export function explainProtocol(protocol: Protocol): string {
  const metric = protocol.metric === 'psnr'
    ? 'PSNR with peak 255, mean of the images’ values, equal images count as 100 dB'
    : 'SSIM with an 11×11 Gaussian window of σ 1.5, valid region, mean of the images’ values';
  const channel = protocol.channel === 'rgb'
    ? (protocol.metric === 'psnr' ? 'over red, green and blue together' : 'mean of red, green and blue')
    : `on BT.601 studio-swing luma, ${protocol.luma === 'round' ? 'rounded to whole levels' : 'unrounded'}`;
  return [
    metric, channel,
    `${protocol.crop === 'scale' ? 'as many pixels as the scale' : `${protocol.crop} pixels`} cut from each side`,
    protocol.output === '8bit' ? 'outputs rounded and clamped to 8 bits' : 'outputs neither rounded nor clamped',
    LR_GENERATIONS[protocol.lr],
    `originals cut to a multiple of the scale ${protocol.modCrop === 'center' ? 'around the centre' : 'from the top left'}`,
    protocol.gray === 'raw' ? 'grey files keep their level as luma' : 'grey files converted like RGB',
  ].join('; ');
}

/** Unit of a protocol's values as shown: `dB`, or nothing for SSIM. */
export function protocolUnit(protocol: Protocol): 'dB' | '' {
  return protocol.metric === 'psnr' ? 'dB' : '';
}

function expandPreset(text: string): string {
  return Object.hasOwn(PRESETS, text) ? (PRESETS[text] as string) : text;
}

function readPart(part: string): Partial<Protocol> | null {
  if (part === 'y' || part === 'rgb') return { channel: part };
  if (part === 'crop') return { crop: 'scale' };
  const crop = /^crop(\d{1,3})$/.exec(part);
  if (crop) return { crop: Number(crop[1]) };
  if (Object.hasOwn(LR_GENERATIONS, part)) return { lr: part as LrGeneration };
  return Object.hasOwn(WORDS, part) ? (WORDS[part] as Partial<Protocol>) : null;
}

const WORDS: Readonly<Record<string, Partial<Protocol>>> = {
  yround: { luma: 'round' }, yfloat: { luma: 'float' },
  round8: { output: '8bit' }, float: { output: 'float' },
  center: { modCrop: 'center' }, topleft: { modCrop: 'top-left' },
  grayraw: { gray: 'raw' }, grayconvert: { gray: 'convert' },
};

function bad(text: string, why: string): UserError {
  return new UserError(`"${text}" is not a quality protocol: ${why}.`, [`Write ${GRAMMAR}; e.g. psnr:y:crop2:matlab.`]);
}
