import { DTYPE_CODES, UserError } from '../../models/contracts/index.ts';
import { type Node, Patch, type Value } from '../../models/graph/index.ts';
import { Tensor } from '../../models/onnx/index.ts';
import { removeLeftovers } from '../rewrites/permute/emit.ts';
import { integerWeights, type IntegerWeights } from './integer-weights.ts';
import type { Change, Kept, StepLog } from './log.ts';
import type { CompressionStep } from './spec.ts';
import { mayChange, type StepContext } from './step-context.ts';

/** DynamicQuantizeLinear exists from here on. */
const OPSET = 11;

/** More products of 8 bits than this could leave 32 bits: 2³¹ / (127 · 255). */
const MOST_PRODUCTS = 66_311;

/**
 * Quantizes dynamically, as onnxruntime's `quantize_dynamic` does: weights of MatMul, Gemm and Conv int8 and symmetric, activations uint8 with
 * the range of each run (DynamicQuantizeLinear, once for each value), products in integers, then one multiplication by both scales. One scale
 * for each output channel, or for the whole weight. A value that several layers take is quantized once.
 */
export function quantizeDynamic(context: StepContext, step: Extract<CompressionStep, { kind: 'dynamic' }>): StepLog {
  const { model } = context;
  if (model.opset < OPSET) throw new UserError(`Dynamic quantization needs opset ${OPSET}, and the model uses ${model.opset}.`, [`Raise it: dyno rewrite MODEL -t host --opset ${OPSET}.`]);
  const [changes, kept]: [Change[], Kept[]] = [[], []];
  const patch = new Patch(model.graph, model.opset);
  const draft: Draft = { patch, activations: new Map(), weights: new Map(), made: new Map(), perChannel: step.perChannel };
  for (const node of model.graph.nodes()) {
    if (!node.is('MatMul', 'Gemm', 'Conv', 'ConvTranspose') || !mayChange(context, node.label)) continue;
    const reason = obstacle(node);
    const weights = reason === null ? weightsFor(node, draft) : reason;
    if (typeof weights === 'string') {
      kept.push({ where: node.label, reason: weights });
      continue;
    }
    const output = node.is('Conv') ? convolved(node, weights, draft) : multiplied(node, weights, draft);
    patch.replace(node.output() as Value, output).remove(node);
    draft.made.set(node.output() as Value, output);
    changes.push({ where: node.label, changed: weights.codes.size, of: weights.codes.size });
  }
  removeLeftovers([...patch.removed], patch);
  patch.apply();
  return { step, changes, kept, facts: { 'weights in int8': changes.reduce((sum, { changed }) => sum + changed, 0) } };
}

interface Draft {
  readonly patch: Patch;
  /** Codes, scale and zero point of values that are quantized already. */
  readonly activations: Map<Value, readonly [Value, Value, Value]>;
  readonly weights: Map<string, IntegerWeights | string>;
  /** Outputs of layers that are integers now, by those of the layers before. */
  readonly made: Map<Value, Value>;
  readonly perChannel: boolean;
}

function obstacle(node: Node): string | null {
  if (node.is('ConvTranspose')) return 'there is no transposed convolution in integers';
  const [data, weight, output] = [node.input(0), node.input(1), node.output()];
  if (!weight?.constant || !data || data.constant || !output) return 'its weights are computed';
  if (weight.constant.dtype !== 'float32') return `its weights are ${weight.constant.dtype}`;
  const { dims } = weight.constant;
  if (dims.length < 2) return 'its weights are a vector';
  const products = node.is('Conv') ? dims.slice(1).reduce((a, b) => a * b, 1) : (dims[node.is('Gemm') && node.attributes.int('transB', 0) !== 0 ? 1 : dims.length - 2] as number);
  return products > MOST_PRODUCTS ? `sums of ${products} products could leave 32 bits` : null;
}

function weightsFor(node: Node, { weights, perChannel, patch }: Draft): IntegerWeights | string {
  const value = node.input(1) as Value;
  const transposed = node.is('Gemm') && node.attributes.int('transB', 0) !== 0;
  const alpha = node.is('Gemm') ? node.attributes.float('alpha', 1) : 1;
  const key = `${value.name}\n${node.opType}\n${transposed}\n${alpha}`;
  const known = weights.get(key) ?? integerWeights(patch, value, { layout: node.is('Conv') ? 'conv' : transposed ? 'transposed' : 'matrix', perChannel, alpha });
  weights.set(key, known);
  return known;
}

/** MatMulInteger; a Gemm turns its data and adds C on its own. */
function multiplied(node: Node, weights: IntegerWeights, draft: Draft): Value {
  const { patch } = draft;
  const turned = node.is('Gemm') && node.attributes.int('transA', 0) !== 0;
  const source = now(node.input(0) as Value, draft);
  const data = turned ? patch.node('Transpose', [source], { name: `${node.name}_transA`, attributes: { perm: [1, 0] } }) : source;
  const [codes, scale, zero] = quantized(data, draft);
  const product = scaled(patch.node('MatMulInteger', [codes, weights.codes.value, zero], { name: `${node.name}_quant` }), scale, weights.scale, node, patch);
  const stated = node.is('Gemm') ? node.input(2) : null;
  if (!stated) return product;
  const added = now(stated, draft);
  const beta = node.attributes.float('beta', 1);
  const addend = beta === 1 ? added : patch.node('Mul', [added, patch.constant(Tensor.of('float32', [], [beta]), `${node.name}_beta`)], { name: `${node.name}_beta_mul` });
  return patch.node('Add', [product, addend], { like: node, types: [node.output()?.type ?? product.type] });
}

function convolved(node: Node, weights: IntegerWeights, draft: Draft): Value {
  const { patch } = draft;
  const { attributes: a } = node;
  const [codes, scale, zero] = quantized(now(node.input(0) as Value, draft), draft);
  const attributes = { auto_pad: a.string('auto_pad'), dilations: a.ints('dilations'), group: a.int('group'), kernel_shape: a.ints('kernel_shape'), pads: a.ints('pads'), strides: a.ints('strides') };
  const product = scaled(patch.node('ConvInteger', [codes, weights.codes.value, zero], { name: `${node.name}_quant`, attributes }), scale, weights.scale, node, patch);
  const stated = node.input(2);
  if (!stated) return product;
  const bias = now(stated, draft);
  const dims = [1, -1, ...new Array<number>(weights.spatial).fill(1)];
  const shaped = bias.constant ? reshaped(bias, bias.constant, dims, patch)
    : patch.node('Reshape', [bias, patch.constant(Tensor.of('int64', [dims.length], dims), `${node.name}_bias_shape`)], { name: `${node.name}_bias_reshape` });
  return patch.node('Add', [product, shaped], { like: node, types: [node.output()?.type ?? product.type] });
}

function reshaped(bias: Value, tensor: Tensor, dims: readonly number[], patch: Patch): Value {
  const made = patch.constant(Tensor.fromBytes(tensor.dtype, dims.map((dim) => (dim < 0 ? tensor.size : dim)), tensor.bytes()), bias.name);
  if (!patch.inherited.has(bias)) patch.inherit(bias, made);
  return made;
}

function now(value: Value, { made }: Draft): Value {
  return made.get(value) ?? value;
}

function quantized(value: Value, { patch, activations }: Draft): readonly [Value, Value, Value] {
  const known = activations.get(value);
  if (known) return known;
  const made = patch.nodeWithOutputs('DynamicQuantizeLinear', [value], 3, { name: `${value.name}_QuantizeLinear` }) as [Value, Value, Value];
  activations.set(value, made);
  return made;
}

function scaled(product: Value, activation: Value, weight: Value, node: Node, patch: Patch): Value {
  const floats = patch.node('Cast', [product], { name: `${node.name}_cast`, attributes: { to: DTYPE_CODES.float32 } });
  const scale = patch.node('Mul', [activation, weight], { name: `${node.name}_scales` });
  return patch.node('Mul', [floats, scale], { name: `${node.name}_scale` });
}
