import { addDims, divDims, mulDims } from '../../dims/dim.ts';
import type { Dim } from '../../types.ts';
import { broadcastShapes } from '../broadcast.ts';
import { type OpCall, type OpRule, type OpTable, tensor } from '../op-call.ts';

/** Batched matrix product with NumPy's rules for vectors; `a` and `b` are input positions. */
export function matMulShape(call: OpCall, a: number, b: number): readonly Dim[] | null {
  const [left, right] = [call.shape(a), call.shape(b)];
  if (!left?.length || !right?.length) return null;
  const batch = broadcastShapes([left.slice(0, -2), right.slice(0, -2)], call) ?? [];
  const rows = left.length > 1 ? [left.at(-2) ?? null] : [];
  const columns = right.length > 1 ? [right.at(-1) ?? null] : [];
  return [...batch, ...rows, ...columns];
}

const gemm: OpRule = (call) => {
  const [a, b] = [call.shape(0), call.shape(1)];
  const row = a?.[call.attributes.int('transA', 0) ? 1 : 0] ?? null;
  const column = b?.[call.attributes.int('transB', 0) ? 0 : 1] ?? null;
  return tensor(call.dtype(0) ?? call.dtype(1), [row, column]);
};

/** Each label's size comes from the operands; without `->` the output holds the labels that occur once, in order. */
const einsum: OpRule = (call) => {
  const equation = call.attributes.string('equation', '').replaceAll(' ', '');
  const [inputs = '', stated] = equation.split('->');
  const sizes = labelSizes(call, inputs.split(','));
  if (!sizes) return tensor(call.dtype(0), null);
  const output = stated ?? implicitOutput(inputs);
  return tensor(call.dtype(0), labelsOf(output).flatMap((label) => (label === '...' ? sizes.ellipsis : [sizes.labels.get(label) ?? null])));
};

interface LabelSizes {
  readonly labels: ReadonlyMap<string, Dim>;
  readonly ellipsis: readonly Dim[];
}

function labelSizes(call: OpCall, terms: readonly string[]): LabelSizes | null {
  const labels = new Map<string, Dim>();
  let ellipsis: readonly Dim[] = [];
  for (const [i, term] of terms.entries()) {
    const shape = call.shape(i);
    if (!shape) return null;
    const names = labelsOf(term);
    const hidden = shape.length - names.filter((name) => name !== '...').length;
    let axis = 0;
    for (const name of names) {
      if (name === '...') {
        ellipsis = broadcastShapes([ellipsis, shape.slice(axis, axis + hidden)]) ?? [];
        axis += hidden;
      } else {
        const [known, size] = [labels.get(name), shape[axis++] ?? null];
        if (known === undefined || known === null || known === 1) labels.set(name, size);
      }
    }
  }
  return { labels, ellipsis };
}

function labelsOf(term: string): string[] {
  return term.match(/\.\.\.|[A-Za-z]/g) ?? [];
}

function implicitOutput(inputs: string): string {
  const letters: string[] = inputs.match(/[A-Za-z]/g) ?? [];
  const once = letters.filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter)).sort();
  return (inputs.includes('...') ? '...' : '') + once.join('');
}

const matMulInteger: OpRule = (call) => tensor('int32', matMulShape(call, 0, 1));

const det: OpRule = (call) => tensor(call.dtype(0), call.shape(0)?.slice(0, -2) ?? null);

/** Q, K, V as [batch, heads, length, size] or [batch, length, heads·size]; past keys and values (inputs 4, 5) lengthen the total. */
const attention: OpRule = (call) => {
  const dtype = call.dtype(0);
  const [q, k, v] = [0, 1, 2].map((i) => splitHeads(call, i));
  if (!q || !k || !v) return null;
  const total = call.has(4) ? addDims(call.shape(4)?.[2] ?? null, k[2] ?? null) : (k[2] ?? null);
  const [batch = null, heads = null, length = null] = q;
  const merged = call.shape(0)?.length === 3;
  return [
    tensor(dtype, merged ? [batch, length, mulDims(heads, v[3] ?? null)] : [batch, heads, length, v[3] ?? null]),
    tensor(call.dtype(1), [batch, k[1] ?? null, total, k[3] ?? null]),
    tensor(call.dtype(2), [batch, v[1] ?? null, total, v[3] ?? null]),
    tensor(dtype, [batch, heads, length, total]),
  ];
};

function splitHeads(call: OpCall, input: number): readonly Dim[] | null {
  const shape = call.shape(input);
  if (shape?.length !== 3) return shape;
  const heads = call.attributes.int(input === 0 ? 'q_num_heads' : 'kv_num_heads', 0);
  return [shape[0] ?? null, heads, shape[1] ?? null, divDims(shape[2] ?? null, heads)];
}

/** Products. */
export const MATMUL = {
  MatMul: (call) => tensor(call.dtype(0) ?? call.dtype(1), matMulShape(call, 0, 1)),
  Gemm: gemm,
  Einsum: einsum,
  MatMulInteger: matMulInteger,
  QLinearMatMul: (call) => tensor(call.dtype(7), matMulShape(call, 0, 3)),
  Det: det,
  Attention: attention,
} satisfies OpTable;
