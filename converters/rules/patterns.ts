import type { Node, Value } from '../../models/graph/index.ts';

/** Op type at which `unfusedNorm` starts. */
export const UNFUSED_NORM = ['Sqrt'];
export const UNFUSED_GELU = ['Erf', 'Tanh'];

/** The number of nodes of a written-out layer norm around this Sqrt (ReduceMean, Sub, Pow or Mul, ReduceMean, Add, Sqrt, Div …), or null. */
export function unfusedNorm(sqrt: Node): number | null {
  const add = through(sqrt.input(0)?.producer);
  if (!add?.is('Add')) return null;
  const variance = add.inputs.map((v) => through(v?.producer)).find((n) => n?.is('ReduceMean'));
  const square = through(variance?.input(0)?.producer);
  if (!square?.is('Pow', 'Mul')) return null;
  const centred = through(square.input(0)?.producer);
  if (!centred?.is('Sub')) return null;
  if (!centred.inputs.some((v) => through(v?.producer)?.is('ReduceMean'))) return null;
  return sqrt.output()?.consumers.some((n) => through(n)?.is('Div', 'Reciprocal', 'Cast')) ? 7 : null;
}

/** True when this Erf or Tanh sits in a GELU: scaled x inside, plus one, times x. */
export function unfusedGelu(node: Node): boolean {
  const plusOne = node.output()?.soleConsumer;
  if (!plusOne?.is('Add') || !plusOne.inputs.some(isOne)) return false;
  const next = plusOne.output()?.consumers ?? [];
  return next.length > 0 && next.every((n) => n.is('Mul'));
}

function isOne(value: Value | null): boolean {
  const constant = value?.constant;
  return constant?.size === 1 && constant.numbers()[0] === 1;
}

/** The node itself, or what feeds it where it is a Cast. */
function through(node: Node | null | undefined): Node | null {
  return node?.is('Cast') ? (node.input(0)?.producer ?? null) : (node ?? null);
}
