import type { Emitter } from './emitter.ts';
import type { Operands } from './operands.ts';
import type { Family, Translate } from './rule.ts';
import { Untranslatable } from './untranslatable.ts';

/** Operations of two operands that broadcast, and selection (coremltools mil/ops/defs/iOS15/elementwise_binary.py). */
export const ELEMENTWISE: Family = {
  add: plain('Add'),
  sub: plain('Sub'),
  mul: plain('Mul'),
  pow: plain('Pow'),
  maximum: plain('Max'),
  minimum: plain('Min'),
  real_div: (o, out) => {
    if (!isFloat(o)) throw new Untranslatable('it divides whole numbers, and MIL does not say how they are rounded');
    return out.node('Div', [o.value('x'), o.value('y')]);
  },
  floor_div: (o, out) => floorDivision(o, out),
  /** The remainder has the sign of the divisor, as in NumPy. */
  mod: (o, out) => {
    if (!isFloat(o)) return out.node('Mod', [o.value('x'), o.value('y')]);
    const whole = out.node('Floor', [out.node('Div', [o.value('x'), o.value('y')])]);
    return out.node('Sub', [o.value('x'), out.node('Mul', [whole, o.value('y')])]);
  },
  equal: plain('Equal'),
  not_equal: (o, out) => out.node('Not', [out.node('Equal', [o.value('x'), o.value('y')])]),
  greater: plain('Greater'),
  greater_equal: plain('GreaterOrEqual'),
  less: plain('Less'),
  less_equal: plain('LessOrEqual'),
  logical_and: plain('And'),
  logical_or: plain('Or'),
  logical_xor: plain('Xor'),
  select: (o, out) => out.node('Where', [condition(o, out), o.value('a'), o.value('b')]),
};

function plain(opType: string): Translate {
  return (o, out) => out.node(opType, [o.value('x'), o.value('y')]);
}

function isFloat(o: Operands): boolean {
  return o.type('x').dtype === 'fp16' || o.type('x').dtype === 'fp32';
}

/** Rounded to −∞; ONNX's Div of whole numbers rounds to 0, so these go through float64, which holds every int32. */
function floorDivision(o: Operands, out: Emitter): string {
  if (isFloat(o)) return out.node('Floor', [out.node('Div', [o.value('x'), o.value('y')])]);
  const [x, y] = ['x', 'y'].map((name) => out.node('Cast', [o.value(name)], { to: FLOAT64 })) as [string, string];
  return out.node('Cast', [out.node('Floor', [out.node('Div', [x, y])])], { to: INT32 });
}

const FLOAT64 = 11;
const INT32 = 6;
const BOOL = 9;

function condition(o: Operands, out: Emitter): string {
  return o.type('cond').dtype === 'bool' ? o.value('cond') : out.node('Cast', [o.value('cond')], { to: BOOL });
}
