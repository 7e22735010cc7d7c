import { UserError } from '../../../models/contracts/errors.ts';

/** One step of making a low-resolution image worse than its resizer does. */
export type DegradationStep =
  | { readonly kind: 'resize' }
  | { readonly kind: 'gaussian'; readonly sigma: number }
  | { readonly kind: 'noise'; readonly sigma: number }
  | { readonly kind: 'jpeg'; readonly quality: number };

/** Steps in order; exactly one of them resizes. */
export type Degradation = readonly DegradationStep[];

/** What a word stands for without a number: pixels of the original or of the LR image, levels of 255, percent. */
const USUAL = { gaussian: 1.2, noise: 5, jpeg: 75 } as const;

/** A mild chain as photos have it. */
const CHAIN = 'gaussian:1.2,bicubic,noise:5,jpeg:70';

/** What `--degrade` takes. */
export const DEGRADATION_GRAMMAR = 'bicubic, gaussian[:SIGMA], noise[:SIGMA], jpeg[:QUALITY], several in their order with commas between, or chain';

/**
 * Reads `gaussian:1.2,bicubic,noise:5,jpeg:70`. `bicubic` is the resizer of the protocol; where it is not named it goes behind leading blurs, as a
 * camera does it. `chain` alone is a mild chain of all four, `chain:` before steps is allowed. Throws UserError naming the step that is not known.
 */
export function parseDegradation(text: string): Degradation {
  const given = text.trim().toLowerCase();
  const list = given === 'chain' ? CHAIN : given.replace(/^chain:/, '');
  const steps = list.split(',').map((part) => readStep(part.trim(), text));
  const resizes = steps.filter(({ kind }) => kind === 'resize').length;
  if (resizes > 1) throw bad(text, 'it resizes more than once');
  if (resizes === 1) return steps;
  const behindBlurs = steps.findIndex(({ kind }) => kind !== 'gaussian');
  return steps.toSpliced(behindBlurs < 0 ? steps.length : behindBlurs, 0, { kind: 'resize' });
}

/** The canonical text: every step with its number. */
export function formatDegradation(degradation: Degradation): string {
  return degradation.map((step) => {
    switch (step.kind) {
      case 'resize': return 'bicubic';
      case 'jpeg': return `jpeg:${step.quality}`;
      default: return `${step.kind}:${step.sigma}`;
    }
  }).join(',');
}

/** Whether the resizer alone works: what is done without any degradation. */
export function isPlain(degradation: Degradation): boolean {
  return degradation.length === 1;
}

/** Whether its pixels depend on a seed. */
export function isDrawn(degradation: Degradation): boolean {
  return degradation.some(({ kind }) => kind === 'noise');
}

function readStep(part: string, text: string): DegradationStep {
  const [kind, number, ...rest] = part.split(':') as [string, ...string[]];
  if (rest.length > 0) throw bad(text, `"${part}" has two numbers`);
  if (kind === 'bicubic' && number === undefined) return { kind: 'resize' };
  if (kind !== 'gaussian' && kind !== 'noise' && kind !== 'jpeg') throw bad(text, `"${part}" is not known`);
  const value = number === undefined ? USUAL[kind] : /^\d+(\.\d+)?$/.test(number) ? Number(number) : Number.NaN;
  if (kind === 'jpeg') {
    if (!Number.isInteger(value) || value < 1 || value > 100) throw bad(text, `the quality of "${part}" is not a whole number from 1 to 100`);
    return { kind, quality: value };
  }
  const most = kind === 'gaussian' ? 20 : 128;
  if (!(value > 0 && value <= most)) throw bad(text, `the sigma of "${part}" is not a number above 0, up to ${most}`);
  return { kind, sigma: value };
}

function bad(text: string, why: string): UserError {
  return new UserError(`"${text}" is no degradation: ${why}.`, [`Write ${DEGRADATION_GRAMMAR}; e.g. gaussian:1.2,bicubic,noise:5,jpeg:70.`]);
}
