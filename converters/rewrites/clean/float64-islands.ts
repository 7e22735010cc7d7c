import { dtypeName } from '../../../models/contracts/index.ts';
import type { Node, Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { producersFirst } from '../producers-first.ts';
import type { Proposal, Rewrite, RewriteContext } from '../rewrite.ts';
import { newPatch, propose, refuse } from './edit.ts';

/** Operators whose result in float32 is the float64 one but for rounding. */
const COMPUTES = new Set(
  `
  Add Sub Mul Div Pow Sqrt Reciprocal Neg Abs Max Min Clip ReduceMean ReduceSum ReduceMax ReduceMin ReduceSumSquare
  ReduceL2 Exp Log Erf Tanh Sigmoid Relu Softmax Reshape Transpose Squeeze Unsqueeze Expand Concat Slice Identity Sum Mean`
    .trim()
    .split(/\s+/),
);
/** Those that may cancel digits or multiply errors. */
const DELICATE = new Set(['Sub', 'Exp', 'Log', 'Sum']);
const NARROW: ReadonlySet<string> = new Set(['float16', 'bfloat16', 'float32']);
const MOST_NODES = 64;

export const float64Islands: Rewrite = {
  id: 'clean/float64-islands',
  title: 'float64 arithmetic between casts done in float32',
  doc: `Cast to float64, elementwise arithmetic and means, Cast back: the same in float32, constants rounded once. For float16 around it
that is exact: float32 has 13 more bits and squares of float16 (< 2³³) fit. For float32 around it rounding grows by that of each
step; where it may cancel (Sub, Add of two computed values, Exp, Log), it is approximate. Refused where a float64 value leaves the
island otherwise than through a Cast.`,
  opTypes: ['Cast'],
  exactness: 'exact',
  face: 'same',
  match: (node, context) => {
    if (dtypeName(node.attributes.int('to', 0)) !== 'float64' || !NARROW.has(node.input(0)?.type.dtype ?? '')) return null;
    const island = explore(node);
    if (typeof island === 'string') return refuse([node], island);
    return island.casts[0] === node ? lower(island, context) : null;
  },
};

interface Island {
  /** Casts into float64, first the one that comes first in the graph. */
  readonly casts: readonly Node[];
  readonly body: readonly Node[];
  /** Casts out of it. */
  readonly exits: readonly Node[];
}

/** Everything in float64 that hangs together with a cast; a text says why it cannot be lowered. */
function explore(start: Node): Island | string {
  const found = new Set<Node>([start]);
  const exits = new Set<Node>();
  for (const node of found) {
    const reason = found.size > MOST_NODES ? 'the float64 part is too large' : objection(node);
    if (reason !== null) return reason;
    for (const next of node.outputs.flatMap((value) => value?.consumers ?? []))
      (next.is('Cast') && !isEntry(next) ? exits : found).add(next);
    if (isEntry(node)) continue;
    for (const value of node.inputs) if (isComputed(value) && value.producer) found.add(value.producer);
  }
  const [casts, body] = [[...found].filter(isEntry), [...found].filter((node) => !isEntry(node))];
  return { casts: casts.sort((a, b) => a.index - b.index), body, exits: [...exits] };
}

/** Why a node keeps the float64 around it. */
function objection(node: Node): string | null {
  const seen = node.outputs.find((value) => value?.isGraphOutput || value?.isCaptured);
  if (seen) return `"${seen.name}" is seen outside in float64`;
  if (isEntry(node)) {
    const from = node.input(0)?.type.dtype ?? 'an unknown type';
    return NARROW.has(from) ? null : `${node.label} casts from ${from}`;
  }
  if (!node.isOnnx || !COMPUTES.has(node.opType)) return `${node.label} (${node.opType}) computes in float64`;
  const given = node.inputs.find((value) => isComputed(value) && !value.producer);
  return given ? `"${given.name}" comes in as float64` : null;
}

function isComputed(value: Value | null): value is Value {
  return value !== null && value.type.dtype === 'float64' && value.constant === null;
}

/** A cast from something narrower into float64. */
function isEntry(node: Node): boolean {
  return node.is('Cast') && dtypeName(node.attributes.int('to', 0)) === 'float64';
}

function lower(island: Island, context: RewriteContext): Proposal {
  const patch = newPatch(context);
  const narrow = new Map<Value, Value>();
  const toNarrow = (value: Value | null): Value | null => {
    if (value?.type.dtype !== 'float64') return value;
    const constant = value.constant;
    const by =
      narrow.get(value) ??
      (constant ? patch.constant(Tensor.of('float32', constant.dims, constant.numbers()), `${value.name}_float32`) : null);
    if (by) narrow.set(value, by);
    return by;
  };
  for (const cast of island.casts) {
    const source = cast.input(0) as Value;
    narrow.set(
      cast.output() as Value,
      source.type.dtype === 'float32' ? source : patch.node('Cast', [source], { like: cast, attributes: { to: FLOAT32 } }),
    );
  }
  for (const node of producersFirst(island.body)) {
    const copies = patch.copy(node, node.inputs.map(toNarrow));
    node.outputs.forEach((value, i) => {
      const copy = copies[i];
      if (!value || !copy) return;
      copy.type = { ...copy.type, dtype: value.type.dtype === 'float64' ? 'float32' : value.type.dtype };
      narrow.set(value, copy);
    });
  }
  for (const exit of island.exits) {
    const by = narrow.get(exit.input(0) as Value) as Value;
    patch.replace(exit.output() as Value, exit.output()?.type.dtype === 'float32' ? by : (patch.copy(exit, [by])[0] as Value));
  }
  const nodes = [...island.casts, ...island.body, ...island.exits];
  patch.remove(...nodes);
  return propose(
    patch,
    nodes,
    `float32 holds what ${island.body.length} nodes computed in float64`,
    isExact(island) ? 'exact' : 'approximate',
  );
}

const FLOAT32 = 1;

function isExact({ casts, body, exits }: Island): boolean {
  const half =
    casts.every((cast) => cast.input(0)?.type.dtype === 'float16') && exits.every((exit) => exit.output()?.type.dtype === 'float16');
  return (
    half || !body.some((node) => DELICATE.has(node.opType) || (node.is('Add') && node.inputs.every((value) => value && !value.constant)))
  );
}
