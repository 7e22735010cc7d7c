import { UserError } from '../../models/contracts/errors.ts';
import { parseWeightScheme } from '../../converters/coreml/compress/weight-scheme.ts';
import { parseFlexibleShape } from '../../converters/coreml/flexible.ts';
import { type PackageFunction, parseFunctions } from '../../converters/coreml/functions.ts';
import type { ImageRequest } from '../../converters/coreml/images.ts';
import { type ConvertOptions, parseMinIos, parseRenames } from '../../converters/coreml/options.ts';
import { releaseOf } from '../../converters/coreml/plan.ts';
import { parseFaceRequests } from '../../converters/faces/face-request.ts';
import type { Config } from '../config/config.ts';
import type { ConvertJob } from './convert-job.ts';

/** `dyno convert`, as typed. */
export interface ConvertFlags {
  readonly out?: string;
  readonly minIos: string;
  readonly precision: 'fp16' | 'fp32';
  readonly keepFp32?: readonly string[];
  readonly ioDtype?: 'fp16' | 'fp32';
  /** False with `--no-input`, which is about asking. */
  readonly input: 'image' | 'tensor' | false;
  readonly imageOutput?: boolean;
  readonly weights?: string;
  readonly weightsAbove?: string;
  readonly outputRange?: string;
  readonly rename?: readonly string[];
  readonly linearAs?: 'linear' | 'conv';
  readonly static?: readonly string[];
  readonly shapes?: readonly string[];
  readonly functions?: readonly string[];
  readonly cutAt?: readonly string[];
  readonly cutFrom?: readonly string[];
  readonly hoistInput?: boolean | string;
  readonly embedNorm?: string;
  readonly face?: string;
  readonly adapter?: string;
  readonly author?: string;
  readonly license?: string;
  readonly modelVersion?: string;
  readonly description?: string;
  readonly inputs?: readonly string[];
  readonly data?: string;
  /** False with `--no-rewrite` and `--no-verify`. */
  readonly rewrite: boolean;
  readonly verify: boolean;
  readonly details?: boolean;
}

/** What is asked of a conversion; `functions` is null for a package of one. */
export interface ConvertRequest extends Pick<ConvertJob, 'options' | 'faces' | 'images' | 'shapes' | 'flexible'> {
  readonly functions: readonly PackageFunction[] | null;
}

/** Reads the flags. Throws UserError for those that have no meaning, or none together. */
export function readConvertFlags(flags: ConvertFlags, config: Config): ConvertRequest {
  const options = convertOptions(flags, config);
  const functions = flags.functions ? parseFunctions(flags.functions, options.opset) : null;
  if (functions && (flags.static ?? flags.shapes)) throw new UserError('--functions gives each function its sizes.', ['Leave --static and --shapes out.']);
  return { options, functions, faces: parseFaceRequests({ ...flags, static: undefined }), images: imageRequest(flags), ...inputShapes(flags) };
}

function convertOptions(flags: ConvertFlags, { rewrite: { allow } }: Config): ConvertOptions {
  const { precision, keepFp32, rename, linearAs, author, license, modelVersion, description } = flags;
  const opset = parseMinIos(flags.minIos);
  if (flags.weightsAbove !== undefined && flags.weights === undefined) throw new UserError('--weights-above says which weights are compressed.', ['Say how, with --weights, or leave it out.']);
  const ioDtype = flags.ioDtype ?? (flags.input === 'image' && precision === 'fp16' && releaseOf(opset) >= 16 ? 'fp16' : undefined);
  return {
    opset,
    precision,
    allowDtype: allow.includes('dtype'),
    ...(keepFp32 ? { keepFp32 } : {}),
    ...(flags.weights === undefined ? {} : { weights: parseWeightScheme(flags.weights) }),
    ...(flags.weightsAbove === undefined ? {} : { weightsAbove: parseCount(flags.weightsAbove) }),
    ...(ioDtype ? { ioDtype } : {}),
    ...(rename ? { rename: parseRenames(rename) } : {}),
    ...(linearAs ? { linearAs } : {}),
    metadata: {
      ...(author === undefined ? {} : { author }), ...(license === undefined ? {} : { license }), ...(modelVersion === undefined ? {} : { version: modelVersion }),
      ...(description === undefined ? {} : { description }),
    },
  };
}

/** With `--shapes`, fixed sizes are ranges of one. */
function inputShapes({ static: fixed = [], shapes = [] }: ConvertFlags): Pick<ConvertJob, 'shapes' | 'flexible'> {
  if (shapes.length === 0) return { shapes: fixed, flexible: new Map() };
  const all = [...shapes, ...fixed].map(parseFlexibleShape);
  const twice = all.find(([name], i) => all.findIndex(([other]) => other === name) !== i);
  if (twice) throw new UserError(`Two shapes are given for "${twice[0]}".`, ['Give one, with --static or with --shapes.']);
  return { shapes: [], flexible: new Map(all) };
}

function parseCount(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new UserError(`"${text}" is no number of elements.`, ['Write --weights-above 2048.']);
}

function imageRequest({ input, imageOutput = false, outputRange }: ConvertFlags): ImageRequest | null {
  if (outputRange !== undefined && !imageOutput) throw new UserError('--output-range says what the pixels of image outputs stand for.', ['Add --image-output, or leave it out.']);
  const range = outputRange === undefined ? null : parseRange(outputRange);
  return input === 'image' || imageOutput ? { input: input === 'image', output: imageOutput, ...(range ? { outputRange: range } : {}) } : null;
}

function parseRange(text: string): readonly [number, number] {
  const [, low, high] = /^(-?[\d.]+)\.\.(-?[\d.]+)$/.exec(text) ?? [];
  if (Number(low) < Number(high)) return [Number(low), Number(high)];
  throw new UserError(`"${text}" is no range.`, ['Write --output-range LOW..HIGH, e.g. 0..1 or -1..1.']);
}
