import type { Emitter } from './emitter.ts';
import type { Operands } from './operands.ts';
import type { Family } from './rule.ts';
import { Untranslatable } from './untranslatable.ts';

/** Samples of an image at points (coremltools mil/ops/defs/iOS15 and iOS16/image_resizing.py). */
export const SAMPLING: Family = { resample };

const MODES: Readonly<Record<string, string>> = { bilinear: 'linear', nearest: 'nearest' };

function resample(o: Operands, out: Emitter): string {
  const aligned = o.flag('align_corners');
  const [sampling, coordinates] = [o.text('sampling_mode'), o.text('coordinates_mode')];
  const mode = MODES[sampling];
  if (!mode) throw new Untranslatable(`sampling_mode is ${sampling}`);
  return out.node('GridSample', [o.value('x'), points(o, out, coordinates, aligned)], { mode, padding_mode: paddingOf(o, aligned), align_corners: Number(aligned) });
}

/** `reflection` leaves edge elements out and `symmetric` repeats them: mirrors at centres, and at edges of pixels. */
function paddingOf(o: Operands, aligned: boolean): string {
  const mode = o.text('padding_mode');
  if (mode === 'constant' && o.number('padding_value') === 0) return 'zeros';
  if (mode === 'border') return 'border';
  if (mode === (aligned ? 'reflection' : 'symmetric')) return 'reflection';
  throw new Untranslatable(`padding_mode is ${mode}${mode === 'constant' ? ' with another value than 0' : `, align_corners is ${aligned}`}`);
}

/** Points as ONNX takes them, from −1 to 1. */
function points(o: Operands, out: Emitter, mode: string, aligned: boolean): string {
  const given = o.value('coordinates');
  if (mode === 'normalized_minus_one_to_one') return given;
  if (mode === 'normalized_zero_to_one') return out.node('Sub', [out.node('Mul', [given, out.scalar(2)]), out.scalar(1)]);
  if (mode !== 'unnormalized' || !aligned) throw new Untranslatable(`coordinates_mode is ${mode}, align_corners is ${aligned}`);
  const [height, width] = o.sizes('x').slice(-2) as [number, number];
  const last = out.constant('float32', [2], [Math.max(1, width - 1), Math.max(1, height - 1)]);
  return out.node('Sub', [out.node('Div', [out.node('Mul', [given, out.scalar(2)]), last]), out.scalar(1)]);
}
