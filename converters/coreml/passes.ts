import type { Plan } from './plan.ts';

/** Operations whose int32 data coremltools' add_int16_cast would cut to 16 bits, whatever their values are. */
const CUT: ReadonlySet<string> = new Set(['gather', 'gather_nd', 'gather_along_axis', 'squeeze', 'topk']);

/** Passes of coremltools that would change what a plan computes. */
export function unsafePasses({ functions, constants }: Plan): string[] {
  const whole = new Set(constants.filter(({ dtype }) => dtype === 'int32').map(({ name }) => name));
  for (const { inputs, operations } of functions) {
    for (const value of [...inputs, ...operations.flatMap(({ outputs }) => outputs)]) if (value.dtype === 'int32') whole.add(value.name);
  }
  const isCut = functions.some(({ operations }) => operations.some(({ op, inputs: { x } }) => CUT.has(op) && x !== undefined && 'ref' in x && whole.has(x.ref)));
  return isCut ? ['common::add_int16_cast'] : [];
}
