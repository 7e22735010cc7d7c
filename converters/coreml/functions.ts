import { UserError } from '../../models/contracts/index.ts';
import { cleanName } from './lower/names.ts';
import { needs } from './needs.ts';
import { type MilOpset, releaseOf } from './plan.ts';

/** A function of a package: the model at one size. */
export interface PackageFunction {
  /** As typed, and as Core ML has it. */
  readonly label: string;
  readonly name: string;
  /** `NAME=1x3x540x960` for each input that is open; `1x3x540x960` where there is one. */
  readonly shapes: readonly string[];
}

const FORM = 'Write --functions 540p=1x3x540x960 720p=1x3x720x1280; of several inputs 540p=image=1x3x540x960,mask=1x1x540x960.';

/** Reads `--functions`. Throws UserError naming the form, and for systems without several functions in a package. */
export function parseFunctions(texts: readonly string[], opset: MilOpset): PackageFunction[] {
  if (releaseOf(opset) < 18) throw needs('packages of several functions', 18);
  const functions = texts.map((text): PackageFunction => {
    const [, label, rest] = /^([^=]+)=(.+)$/.exec(text.trim()) ?? [];
    const shapes = (rest ?? '').split(',').map((shape) => shape.trim());
    if (label === undefined || !shapes.every((shape) => /^([^=]+=)?[1-9]\d*(x[1-9]\d*)*$/.test(shape))) throw new UserError(`"${text}" describes no function.`, [FORM]);
    return { label, name: cleanName(label), shapes };
  });
  if (functions.length < 2) throw new UserError('A package of one function needs no --functions.', ['Give its size with --static.']);
  const twice = functions.find(({ name }, i) => functions.findIndex((other) => other.name === name) !== i);
  if (twice) throw new UserError(`Two functions would be called "${twice.name}".`, [FORM]);
  return functions;
}
