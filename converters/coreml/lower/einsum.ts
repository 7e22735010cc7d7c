import type { Node } from '../../../models/graph/index.ts';
import type { LowerContext } from './context.ts';
import { floatInput } from './float-input.ts';
import type { Lowerer } from './lowerer.ts';
import { bool, ints, type MilValue } from './mil-value.ts';
import { Refused } from './refused.ts';

/** Einsum of one operand (sums and transposition) and of two (a batched product of matrices). */
export const EINSUM: Readonly<Record<string, Lowerer>> = { Einsum: einsum };

/** A value with a letter for each axis. */
interface Labelled { readonly value: MilValue; readonly labels: string }

function einsum(node: Node, c: LowerContext): void {
  const { operands, result } = equationOf(node);
  const inputs = operands.map((labels, i): Labelled => ({ value: floatInput(c, i), labels }));
  for (const { value, labels } of inputs) if (new Set(labels).size !== labels.length || labels.length !== value.shape.length) throw new Refused(`its operand ${labels} is a diagonal or does not fit`, 'Take the diagonal outside of it.');
  const [x, y] = inputs;
  if (!x || inputs.length > 2) throw new Refused(`it has ${inputs.length} operands`, 'Write it as products of two.');
  const made = y ? product(c, x, y, result) : summed(c, x, [...x.labels].filter((label) => !result.includes(label)));
  const final = permuted(c, made, result);
  c.settle(final.value);
}

function equationOf(node: Node): { operands: string[]; result: string } {
  const equation = node.attributes.string('equation', '').replaceAll(' ', '');
  if (equation.includes('...')) throw new Refused('its equation has an ellipsis', 'Name all axes in the equation.');
  const [left = '', right] = equation.split('->');
  const operands = left.split(',');
  const letters = [...left.replaceAll(',', '')];
  const once = [...new Set(letters)].filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter)).sort().join('');
  return { operands, result: right ?? once };
}

/** Labels of both: those of the result are batches, the others are summed over. */
function product(c: LowerContext, x: Labelled, y: Labelled, result: string): Labelled {
  const only = (a: Labelled, b: Labelled): string[] => [...a.labels].filter((label) => !b.labels.includes(label) && !result.includes(label));
  const [left, right] = [summed(c, x, only(x, y)), summed(c, y, only(y, x))];
  const shared = [...left.labels].filter((label) => right.labels.includes(label));
  const batch = shared.filter((label) => result.includes(label));
  const inner = shared.filter((label) => !result.includes(label));
  const rows = [...left.labels].filter((label) => !shared.includes(label));
  const columns = [...right.labels].filter((label) => !shared.includes(label));
  const a = grouped(c, left, [batch, rows, inner], 'left');
  const b = grouped(c, right, [batch, inner, columns], 'right');
  const sizes = sizesOf(c, [left, right]);
  const flat = [...batch.map((label) => sizes.get(label) as number), count(rows, sizes), count(columns, sizes)];
  const made = c.emit('matmul', { x: a, y: b, transpose_x: bool(false), transpose_y: bool(false) }, { dtype: 'fp32', shape: flat }, 'product');
  const labels = [...batch, ...rows, ...columns];
  const shape = labels.map((label) => sizes.get(label) as number);
  const value = rows.length === 1 && columns.length === 1 ? made : c.emit('reshape', { x: made, shape: ints(shape) }, { dtype: 'fp32', shape }, 'ungrouped');
  return { value, labels: labels.join('') };
}

/** Batches as they are, the two groups as one axis each. */
function grouped(c: LowerContext, x: Labelled, [batch, first, second]: readonly [string[], string[], string[]], hint: string): MilValue {
  const ordered = permuted(c, x, [...batch, ...first, ...second].join(''), hint);
  if (first.length === 1 && second.length === 1) return ordered.value;
  const sizes = sizesOf(c, [x]);
  const shape = [...batch.map((label) => sizes.get(label) as number), count(first, sizes), count(second, sizes)];
  return c.emit('reshape', { x: ordered.value, shape: ints(shape) }, { dtype: 'fp32', shape }, `${hint}_grouped`);
}

function summed(c: LowerContext, x: Labelled, labels: readonly string[]): Labelled {
  if (labels.length === 0) return x;
  const axes = labels.map((label) => x.labels.indexOf(label));
  const shape = x.value.shape.filter((_, axis) => !axes.includes(axis));
  const value = c.emit('reduce_sum', { x: x.value, axes: ints(axes), keep_dims: bool(false) }, { dtype: 'fp32', shape }, 'sum');
  return { value, labels: [...x.labels].filter((label) => !labels.includes(label)).join('') };
}

function permuted(c: LowerContext, x: Labelled, labels: string, hint = 'ordered'): Labelled {
  if (x.labels === labels) return x;
  const perm = [...labels].map((label) => x.labels.indexOf(label));
  if (perm.includes(-1)) throw new Refused(`its equation names an axis that no operand has: ${labels}`, 'Check the model with onnx.checker.');
  const shape = perm.map((axis) => x.value.shape[axis] as number | string);
  return { value: c.emit('transpose', { x: x.value, perm: ints(perm) }, { dtype: 'fp32', shape }, hint), labels };
}

/** Sizes by label; a size of 1 is broadcast by ONNX and not by a product of matrices. */
function sizesOf(c: LowerContext, operands: readonly Labelled[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { value, labels } of operands) {
    const shape = c.staticShapeOf(value, 'an Einsum');
    [...labels].forEach((label, axis) => {
      const [known, size] = [sizes.get(label), shape[axis] as number];
      if (known !== undefined && known !== size) throw new Refused(`axis ${label} has sizes ${known} and ${size}`, 'Expand the operand before it.');
      sizes.set(label, size);
    });
  }
  return sizes;
}

function count(labels: readonly string[], sizes: ReadonlyMap<string, number>): number {
  return labels.reduce((all, label) => all * (sizes.get(label) as number), 1);
}
