import type { Node } from '../../../models/graph/index.ts';
import type { LowerContext } from './context.ts';
import { floatInput } from './float-input.ts';
import type { Lowerer } from './lowerer.ts';
import { bool, real, text } from './mil-value.ts';
import { Refused } from './refused.ts';

/** Samples of an image at computed points. */
export const GRID_SAMPLE: Readonly<Record<string, Lowerer>> = { GridSample: gridSample };

const MODES: Readonly<Record<string, string>> = { bilinear: 'bilinear', linear: 'bilinear', nearest: 'nearest' };

/** What ONNX calls reflection is reflection at centres of pixels with align_corners, at their edges without: two modes of MIL. */
function gridSample({ attributes }: Node, c: LowerContext): void {
  const [x, coordinates] = [floatInput(c, 0), floatInput(c, 1)];
  if (x.shape.length !== 4) throw new Refused(`it samples a tensor of rank ${x.shape.length}`, 'Core ML samples images only, of rank 4.');
  const mode = attributes.string('mode', 'bilinear');
  const sampling = MODES[mode];
  if (!sampling) throw new Refused(`Core ML has no ${mode} interpolation`, 'Use bilinear or nearest.');
  const aligned = attributes.int('align_corners', 0) !== 0;
  const paddings: Readonly<Record<string, string>> = { zeros: 'constant', border: 'border', reflection: aligned ? 'reflection' : 'symmetric' };
  const padding = paddings[attributes.string('padding_mode', 'zeros')];
  if (!padding) throw new Refused(`Core ML has no padding of ${attributes.string('padding_mode', 'zeros')}`, 'Use zeros, border or reflection.');
  c.finish('resample', {
    x, coordinates, sampling_mode: text(sampling), padding_mode: text(padding), padding_value: real(0), coordinates_mode: text('normalized_minus_one_to_one'), align_corners: bool(aligned),
  });
}
