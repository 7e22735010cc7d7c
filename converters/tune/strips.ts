import { type Graph, type Node, staticShape, type Value } from '../../models/graph/index.ts';

/** How an image goes through in strips: each inference takes `rows`, neighbours overlap by `2 · margin`, strips start at multiples of `period`. */
export interface StripPlan {
  readonly margin: number;
  readonly period: number;
}

/** How the rows of a value lie over the input's. */
interface Rows {
  /** Input rows per row: 1/2 behind an enlargement by 2. */
  readonly step: number;
  /** Input rows beyond its own that a row depends on, at most. */
  readonly reach: number;
}

/** Operators that compute every position by itself. */
const POINTWISE = new Set([
  'Add', 'Sub', 'Mul', 'Div', 'Relu', 'Clip', 'LeakyRelu', 'PRelu', 'Sigmoid', 'Tanh', 'HardSigmoid', 'HardSwish', 'Elu', 'Erf', 'Gelu', 'Min', 'Max', 'Neg', 'Abs',
  'Concat', 'Identity', 'Cast', 'Floor', 'Round', 'QuantizeLinear', 'DequantizeLinear', 'Softplus', 'BatchNormalization',
]);

/**
 * What strips of a network need, from its own layers: margin and period in input rows. A text says why it cannot go through in strips: it has
 * several inputs, or an operator that looks at all rows, or whose reach is not known here.
 */
export function planStrips(graph: Graph): StripPlan | string {
  const inputs = graph.inputs.filter(({ initializer }) => !initializer);
  const [input] = inputs;
  if (inputs.length !== 1 || !input || staticShape(input.type)?.length !== 4) return 'strips need one input with four axes';
  const height = input.type.shape?.[2] as number;
  const rows = new Map<Value, Rows>([[input, { step: 1, reach: 0 }]]);
  let period = 1;
  for (const node of graph.nodes()) {
    const known = node.inputs.flatMap((value) => (value && rows.get(value)) ?? []);
    if (known.length === 0) continue;
    if (known.some(({ step }) => step !== known[0]?.step)) return `${node.label} joins values of different height`;
    const next = through(node, { step: known[0]?.step as number, reach: Math.max(...known.map(({ reach }) => reach)) });
    if (typeof next === 'string') return next;
    period = Math.max(period, next.step);
    for (const output of node.outputs) {
      if (!output) continue;
      if (Number(output.type.shape?.[2]) * next.step !== height) return `${node.label} does not keep the height`;
      rows.set(output, next);
    }
  }
  const reach = Math.max(0, ...graph.outputs.flatMap((output) => rows.get(output)?.reach ?? []));
  return { margin: Math.ceil(reach), period };
}

/** Inferences that cover `height` rows; 1 where they fit, null where strips of that height cannot cover it. */
export function stripCount(height: number, rows: number, { margin, period }: StripPlan): number | null {
  if (rows >= height) return rows === height ? 1 : null;
  const advance = Math.floor((rows - 2 * margin) / period) * period;
  if (advance < 1 || rows % period !== 0) return null;
  return Math.ceil((height - rows) / advance) + 1;
}

function through(node: Node, at: Rows): Rows | string {
  if (POINTWISE.has(node.opType)) return at;
  switch (node.opType) {
    case 'Conv':
    case 'MaxPool':
    case 'AveragePool':
      return windowed(node, at);
    case 'DepthToSpace':
      return { ...at, step: at.step / node.attributes.int('blocksize', 1) };
    case 'SpaceToDepth': {
      const block = node.attributes.int('blocksize', 1);
      return { step: at.step * block, reach: at.reach + at.step * (block - 1) };
    }
    default:
      return `how far ${node.label} (${node.opType}) looks is not known here`;
  }
}

function windowed(node: Node, { step, reach }: Rows): Rows | string {
  const weight = node.is('Conv') ? staticShape(node.input(1)?.type) : null;
  const kernel = node.attributes.ints('kernel_shape') ?? weight?.slice(2);
  if (kernel?.length !== 2) return `the window of ${node.label} is not known`;
  const [dilation, stride] = [node.attributes.ints('dilations')?.[0] ?? 1, node.attributes.ints('strides')?.[0] ?? 1];
  const [above, span] = [node.attributes.ints('pads')?.[0] ?? 0, dilation * ((kernel[0] as number) - 1)];
  return { step: step * stride, reach: reach + step * Math.max(above, span - above) };
}
