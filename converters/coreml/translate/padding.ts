import { split, zeros } from './convolution.ts';
import type { Emitter } from './emitter.ts';
import { onnxType } from './known.ts';
import { asInt64 } from './movement.ts';
import type { Operands } from './operands.ts';
import type { Family } from './rule.ts';
import { Untranslatable } from './untranslatable.ts';

/** Pads of the last axes, interleaved: before and after each (coremltools mil/ops/defs/iOS15/tensor_operation.py). */
export const PADDING: Family = { pad };

const MODES: Readonly<Record<string, string>> = { constant: 'constant', reflect: 'reflect', replicate: 'edge' };

function pad(o: Operands, out: Emitter): string {
  const given = o.text('mode', 'constant');
  const mode = MODES[given];
  if (!mode) throw new Untranslatable(`mode is ${given}`);
  const fill = mode === 'constant' ? [out.constant(onnxType(o.type('x').dtype), [], [o.number('constant_val', 0)])] : [];
  return out.node('Pad', [o.value('x'), amounts(o, out), ...fill], { mode });
}

function amounts(o: Operands, out: Emitter): string {
  const known = o.known('pad');
  if (!known) {
    const pairs = out.node('Reshape', [asInt64(o, out, 'pad'), out.vector([-1, 2])]);
    return out.node('Reshape', [out.node('Transpose', [pairs], { perm: [1, 0] }), out.vector([-1])]);
  }
  const [begins, ends] = split([...known.numbers()]);
  const before = zeros(o.rank('x') - begins.length);
  return out.vector([...before, ...begins, ...before, ...ends]);
}
