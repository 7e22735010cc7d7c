import type { SweepAxes } from '../../reports/sweep/sweep-schema.ts';
import type { Step } from '../pipeline/step.ts';
import { computedPrecision, parsePrecision } from './precision.ts';
import type { Size } from './resolution.ts';
import type { Source } from './source.ts';
import { sizeStep } from './steps/size.ts';
import { sourceStep } from './steps/source.ts';
import { type Change, compressStep, precisionStep, rewriteStep, type Shared } from './steps/transforms.ts';

export interface BuildRequest {
  readonly axes: SweepAxes;
  readonly source: Source;
  /** Hashes of a file and its data files. */
  readonly content: readonly string[];
  readonly size: Size;
  readonly notes: readonly string[];
}

/** Steps that make one variant, by id. */
export interface BuiltSteps {
  /** With all that the axes ask for, at whatever size it came. */
  readonly made: string;
  readonly sized: string;
  /** The same before its numbers were changed, at that size; a step that is added when it is asked for. */
  readonly sizedFloat: () => string;
}

/** The chain source → compressed → rewritten → other numbers → one size. Variants that begin alike share what they have in common. */
export function buildSteps({ axes, source, content, size, notes }: BuildRequest, shared: Shared, add: (step: Step) => string): BuiltSteps {
  const { model, rewrite, compress, precision } = axes;
  const { input, open, scale } = source;
  const { versions } = shared;
  const request = parsePrecision(precision);
  const stem = [model, ...(scale === null ? [] : [`x${scale}`]), ...(open ? [] : [size.join('x')])].join(' ');
  const change = (kind: string, how: string, from: string, ...done: readonly string[]): Change =>
    ({ id: `${kind}:${stem}:${how}`, from, model, name: namedAs(model, ...done), input });
  const start = add(sourceStep({ id: `source:${stem}`, model, source, content, size: open ? null : size, versions }));
  const compressed = compress === 'none' ? start : add(compressStep(change('compress', compress, start), compress, shared));
  const recipe = (): string => `${compress}:${rewrite}:${computedPrecision(request, rewrite)}`;
  const float = rewrite === 'none' ? compressed : add(rewriteStep(change('rewrite', recipe(), compressed, compress), rewrite, request, shared));
  const numbers = change('precision', `${compress}:${rewrite}:${precision}`, float, compress, rewrite);
  const made = request.kind === 'as-is' ? float : add(precisionStep(numbers, precision, request, shared));
  const sizedFrom = (from: string, name: string): string =>
    add(sizeStep({ id: `size:${from}:${size.join('x')}`, model, name, input, from, counted: float, exact: float === start ? start : null, size, notes, versions }));
  const sized = sizedFrom(made, nameOf(axes));
  return { made, sized, sizedFloat: () => sizedFrom(float, namedAs(model, compress, rewrite)) };
}

/** A variant for people, whatever its size: the model and what was done to it. */
export function nameOf({ model, compress, rewrite, precision }: SweepAxes): string {
  return namedAs(model, compress, rewrite, precision);
}

function namedAs(model: string, ...done: readonly string[]): string {
  return [model, ...done.filter((one) => one !== 'none')].join(' ');
}
