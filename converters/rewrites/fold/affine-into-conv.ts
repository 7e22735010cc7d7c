import { type Node, Patch } from '../../../models/graph/index.ts';
import type { Proposal, Refusal, Rewrite, RewriteContext } from '../rewrite.ts';
import { type ConvView, readConv, writeConv } from '../weights/index.ts';
import { type Affine, readAffine } from './affine.ts';

const DOC = `y = s·conv(x; W, b) + t, per output channel:  W' = s·W,  b' = s·b + t.
Exact everywhere, border included. Conditions: constant weights and parameters; s and t per channel by their broadcast axis (a constant of
shape (W,) is not per channel although W may equal C); the convolution has no other consumer and is no graph output; BatchNormalization in
inference form with v + ε > 0 and no further outputs in use. Computed in float64, rounded once. Conv, ConvTranspose and Gemm.`;

/** Conv → BatchNormalization. */
export const batchNormIntoConv: Rewrite = {
  id: 'fold/batch-norm', title: 'BatchNormalization folded into the convolution before it', doc: DOC, opTypes: ['BatchNormalization'], exactness: 'exact', face: 'same', match: matchAfterConv,
};

/** Conv → Mul, Add, Sub, Div by constants. */
export const affineIntoConv: Rewrite = {
  id: 'fold/affine', title: 'Per-channel scale or shift folded into the convolution before it', doc: DOC, opTypes: ['Mul', 'Add', 'Sub', 'Div'], exactness: 'exact', face: 'same',
  match: (node, context) => (node.inputs.some((v) => v?.constant) ? matchAfterConv(node, context) : null),
};

/** BatchNormalization, Mul, Add … → Conv. */
export const affineIntoNextConv: Rewrite = {
  id: 'fold/affine-forward', title: 'Per-channel scale or shift folded into the convolution behind it',
  doc: `y = conv(s·x + t; W, b):  W'[:, i] = s_i·W[:, i],  b' = b + Σ W·t.
Exact only where the convolution pads nothing, or t = 0: padding puts zeros where the folded form would have t. Same conditions otherwise.`,
  opTypes: ['Conv'], exactness: 'exact', face: 'same', match: matchBeforeConv,
};

function matchAfterConv(node: Node, context: RewriteContext): Proposal | Refusal | null {
  const data = node.inputs.find((v) => v?.producer?.is('Conv', 'ConvTranspose', 'Gemm'));
  const producer = data?.producer;
  const output = node.output();
  if (!data || !producer || !output) return null;
  const refuse = (reason: string): Refusal => ({ kind: 'refusal', nodes: [producer, node], reason });
  if (data.soleConsumer !== node) return refuse(`the output of ${producer.label} has other consumers or is a graph output`);
  const conv = readConv(producer);
  if (typeof conv === 'string') return refuse(conv);
  const affine = readAffine(node, conv.outChannels);
  if (typeof affine === 'string') return refuse(affine);
  const patch = new Patch(context.graph, context.opset);
  const merged = writeConv(conv, patch, { weights: scaleOutputs(conv, affine), bias: biasAfter(conv, affine) });
  if (typeof merged === 'string') return refuse(merged);
  patch.replace(output, merged).remove(producer, node);
  return { kind: 'proposal', patch, nodes: [producer, node], reason: `${node.opType} is a scale and shift per output channel of ${producer.label}` };
}

/** W'[o] = s_o·W[o] */
function scaleOutputs(conv: ConvView, { scale }: Affine): Float64Array {
  const weights = conv.weights();
  const row = weights.length / conv.outChannels;
  for (let at = 0, o = 0; o < conv.outChannels; o++) {
    const factor = scale[o] as number;
    for (const end = at + row; at < end; at++) weights[at] = (weights[at] as number) * factor;
  }
  return weights;
}

/** Null where the layer had no bias and gets none, so that nothing is added that computes nothing. */
function biasAfter(conv: ConvView, { scale, shift }: Affine): Float64Array | null {
  const biases = conv.biases();
  if (!biases && shift.every((t) => t === 0)) return null;
  return shift.map((t, o) => t + (scale[o] as number) * (biases?.[o] ?? 0));
}

function matchBeforeConv(node: Node, context: RewriteContext): Proposal | Refusal | null {
  const before = node.input(0)?.producer;
  const output = node.output();
  if (!before?.is('BatchNormalization', 'Mul', 'Add', 'Sub', 'Div') || !output) return null;
  if (!before.is('BatchNormalization') && !before.inputs.some((v) => v?.constant)) return null;
  const refuse = (reason: string): Refusal => ({ kind: 'refusal', nodes: [before, node], reason });
  const between = before.output();
  if (between?.soleConsumer !== node) return refuse(`"${between?.name}" has other consumers or is a graph output`);
  const conv = readConv(node);
  if (typeof conv === 'string') return refuse(conv);
  const affine = readAffine(before, conv.inChannels);
  if (typeof affine === 'string') return refuse(affine);
  if (affine.input.type.dtype !== conv.dtype) return refuse(`"${affine.input.name}" is ${affine.input.type.dtype ?? 'of unknown type'}, the weights ${conv.dtype}`);
  const pads = conv.pads ? [...conv.pads.begin, ...conv.pads.end] : [1];
  const shifts = affine.shift.some((t) => t !== 0);
  if (shifts && pads.some((p) => p !== 0)) return refuse('the shift does not reach the padding: border values would differ');
  const patch = new Patch(context.graph, context.opset);
  const { weights, carried } = absorb(conv, affine);
  const biases = conv.biases();
  const bias = shifts ? carried.map((c, o) => c + (biases?.[o] ?? 0)) : biases;
  const merged = writeConv(conv, patch, { weights, bias, input: affine.input });
  if (typeof merged === 'string') return refuse(merged);
  patch.replace(output, merged).remove(before, node);
  return { kind: 'proposal', patch, nodes: [before, node], reason: `${before.opType} is a scale${shifts ? ' and shift' : ''} per input channel of ${node.label}` };
}

/** W'[:, i] = s_i·W[:, i], and Σ_i Σ_taps W·t_i per output channel. */
function absorb(conv: ConvView, { scale, shift }: Affine): { weights: Float64Array; carried: Float64Array } {
  const weights = conv.weights();
  const perGroup = conv.inChannels / conv.group;
  const taps = weights.length / (conv.outChannels * perGroup);
  const carried = new Float64Array(conv.outChannels);
  for (let at = 0, o = 0; o < conv.outChannels; o++) {
    const first = Math.floor(o / (conv.outChannels / conv.group)) * perGroup;
    let sum = 0;
    for (let i = first; i < first + perGroup; i++) {
      const [s, t] = [scale[i] as number, shift[i] as number];
      for (const end = at + taps; at < end; at++) {
        const w = weights[at] as number;
        sum += w * t;
        weights[at] = w * s;
      }
    }
    carried[o] = sum;
  }
  return { weights, carried };
}
