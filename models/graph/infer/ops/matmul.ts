import type { DType } from '../../../contracts/dtype.ts';
import type { Dim } from '../../types.ts';
import { broadcastShapes } from '../broadcast.ts';
import { type OpCall, type OpRule, type OpTable, tensor } from '../op-call.ts';

/** Batched matrix product with NumPy's rules for vectors; `a` and `b` are input positions. */
export function matMulShape(call: OpCall, a: number, b: number): readonly Dim[] | null {
  const [left, right] = [call.shape(a), call.shape(b)];
  if (!left?.length || !right?.length) return null;
  const batch = broadcastShapes([left.slice(0, -2), right.slice(0, -2)], call.learn) ?? [];
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

/** Attention (opset 23): Y like Q with V's head size; 3-D inputs carry heads in the last axis. */
const attention: OpRule = (call) => {
  const [q, k, v] = [call.shape(0), call.shape(1), call.shape(2)];
  const dtype: DType | null = call.dtype(0);
  if (!q || !k || !v || call.has(4)) return [tensor(dtype, q && q.length === 4 && v ? [...q.slice(0, 3), v[3] ?? null] : null)];
  if (q.length === 4) return [tensor(dtype, [...q.slice(0, 3), v[3] ?? null])];
  const [heads, groups] = [call.attributes.int('q_num_heads', 0), call.attributes.int('kv_num_heads', 0)];
  const width = v[2];
  return [tensor(dtype, [q[0] ?? null, q[1] ?? null, typeof width === 'number' && groups > 0 ? (width / groups) * heads : null])];
};

/** Products. */
export const MATMUL: OpTable = {
  MatMul: (call) => tensor(call.dtype(0) ?? call.dtype(1), matMulShape(call, 0, 1)),
  Gemm: gemm,
  Einsum: einsum,
  MatMulInteger: matMulInteger,
  QLinearMatMul: (call) => tensor(call.dtype(7), matMulShape(call, 0, 3)),
  Det: det,
  Attention: attention,
};
