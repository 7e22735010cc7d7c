import type { Node, Value } from '../../../models/graph/index.ts';
import type { Rewrite } from '../rewrite.ts';
import { newPatch, propose, refuse, removeWithProducers } from './edit.ts';
import { isNear, otherInput } from './pattern.ts';
import { sameShape } from './same-shape.ts';

export const gelu: Rewrite = {
  id: 'clean/gelu',
  title: 'GELU put together again',
  doc: `x · ½ · (1 + erf(x / √2)) is Gelu(x), x · ½ · (1 + tanh(√(2/π) · (x + 0.044715 x³))) is Gelu(x, approximate = tanh), in any order of
the factors. Needs opset 20. Constants may be off by the rounding of their type.`,
  opTypes: ['Erf', 'Tanh'],
  exactness: 'exact',
  face: 'same',
  match: (node, context) => {
    const found = node.is('Erf') ? readErf(node) : readTanh(node);
    if (!found || !sameShape(found.x.type, found.last.output()?.type)) return null;
    if (context.opset < 20) return refuse([node], 'Gelu needs opset 20; --opset 20 allows it');
    const output = found.last.output() as Value;
    const patch = newPatch(context);
    patch.replace(
      output,
      patch.node('Gelu', [found.x], { like: found.last, attributes: node.is('Erf') ? {} : { approximate: 'tanh' }, types: [output.type] }),
    );
    return propose(removeWithProducers(patch, found.last), [node, found.last], `it is GELU${node.is('Erf') ? '' : ' in the tanh form'}`);
  },
};

interface Found {
  readonly x: Value;
  /** The node whose output is the GELU. */
  readonly last: Node;
}

function readErf(erf: Node): Found | null {
  const scale = erf.input(0)?.producer;
  const x =
    scale?.is('Div') && isNear(scale.input(1), Math.SQRT2)
      ? scale.input(0)
      : scale?.is('Mul')
        ? otherInput(scale, (v) => isNear(v, Math.SQRT1_2))
        : null;
  return x ? readFactors(x, erf) : null;
}

/** √(2/π) · (x + 0.044715 · x³). */
function readTanh(tanh: Node): Found | null {
  const scaled = tanh.input(0)?.producer;
  const sum = scaled?.is('Mul') ? otherInput(scaled, (v) => isNear(v, Math.sqrt(2 / Math.PI)))?.producer : null;
  if (!sum?.is('Add')) return null;
  for (const x of sum.inputs) {
    const cubic = otherInput(sum, (v) => v === x)?.producer;
    const power = cubic?.is('Mul') ? otherInput(cubic, (v) => isNear(v, 0.044715)) : null;
    if (x && power && isCube(power, x)) return readFactors(x, tanh);
  }
  return null;
}

function isCube(power: Value, x: Value): boolean {
  const node = power.producer;
  if (node?.is('Pow')) return node.input(0) === x && isNear(node.input(1), 3);
  const square = node?.is('Mul') ? otherInput(node, (v) => v === x)?.producer : null;
  if (square?.is('Mul')) return square.input(0) === x && square.input(1) === x;
  return square?.is('Pow') === true && square.input(0) === x && isNear(square.input(1), 2);
}

/** From erf or tanh on: + 1, then the factors x and ½ in any order and grouping. */
function readFactors(x: Value, bell: Node): Found | null {
  const plusOne = bell.output()?.soleConsumer;
  if (!plusOne?.is('Add') || otherInput(plusOne, (v) => isNear(v, 1)) !== bell.output()) return null;
  let at: Node = plusOne;
  let [seenX, seenHalf] = [false, false];
  while (!(seenX && seenHalf)) {
    const next: Node | null | undefined = at.output()?.soleConsumer;
    const factor = next?.is('Mul') ? otherInput(next, (v) => v === at.output()) : null;
    if (!next || !factor) return null;
    const halves = isHalfOf(factor, x);
    if (!seenX && (factor === x || (halves && !seenHalf))) {
      seenX = true;
      if (halves) seenHalf = true;
    } else if (!seenHalf && isNear(factor, 0.5)) seenHalf = true;
    else return null;
    at = next;
  }
  return { x, last: at };
}

function isHalfOf(value: Value, x: Value): boolean {
  const node = value.producer;
  if (node?.is('Div')) return node.input(0) === x && isNear(node.input(1), 2);
  return node?.is('Mul') === true && otherInput(node, (v) => isNear(v, 0.5)) === x;
}
