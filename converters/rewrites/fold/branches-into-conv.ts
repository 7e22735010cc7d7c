import { type Node, Patch, type Value } from '../../../models/graph/index.ts';
import type { Proposal, Refusal, Rewrite, RewriteContext } from '../rewrite.ts';
import { writeConv } from '../weights/index.ts';
import { type Branch, channelCount, convBranch, skipBranch } from './branch.ts';
import { mergeBranches, skipPrecision, type Term } from './merge.ts';
import { readSum, type Sum, sameShape } from './sum.ts';
import { tapCount } from './taps.ts';

/** y = conv(x) + x, also scaled skips. */
export const skipIntoConv: Rewrite = {
  id: 'fold/skip', title: 'Residual connection folded into the convolution it skips', exactness: 'exact', face: 'same', opTypes: ['Add', 'Sub'],
  doc: `y = conv(x; W) + a·x:  W'[o, o mod (Cin/g), t_h, t_w] += a  with tap t = pad_begin / dilation on each axis. Exact everywhere.
Conditions: stride 1, Cin = Cout, output as large as the input (pad_begin + pad_end = d·(k − 1)), pad_begin a multiple of the dilation
(the kernel need not be odd); the convolution's output has no other use; x itself is added, without broadcasting. Groups and depthwise stay.
Costs int8 weight precision (the log shows dB kept and folded), so W8A8 recipes leave it to quantize to try both.`,
  match: (node, context) => match(node, context, 'skip'),
};

/** y = conv₁(x) + conv₂(x) + …, RepVGG's training form included. */
export const parallelIntoConv: Rewrite = {
  id: 'fold/parallel', title: 'Parallel linear branches folded into one convolution', exactness: 'exact', face: 'same', opTypes: ['Add', 'Sub'],
  doc: `y = Σ conv_i(x; W_i, p_i): every kernel is laid into the largest at offset (P − p)/d, kernels and biases are added. Exact everywhere.
Branches: convolutions of equal stride and dilation (1×1 of any dilation), BatchNormalization of x (a diagonal 1×1 with bias), the identity
beside them, AveragePool that counts its padding (1/k² taps). Differing groups are expanded to dense where the cost allows.`,
  match: (node, context) => match(node, context, 'parallel'),
};

function match(root: Node, context: RewriteContext, kind: 'skip' | 'parallel'): Proposal | Refusal | null {
  const sum = readSum(root);
  const output = root.output();
  if (!sum || !output) return null;
  const parts = sum.summands.map(({ value, sign }) => ({ value, sign, branch: sameShape(value, output) ? convBranch(value) : 'it broadcasts' }));
  const convolutions = parts.flatMap((p) => (typeof p.branch === 'string' ? [] : [p.branch]));
  for (const source of new Set(convolutions.map((b) => b.source))) {
    const terms = termsOf(source, parts);
    if (terms.length < 2 || kindOf(terms) !== kind) continue;
    return propose(sum, output, terms, context, kind);
  }
  return kind === 'skip' ? refusalFor(root, parts) : null;
}

interface Part { readonly value: Value; readonly sign: 1 | -1; readonly branch: Branch | string }

function termsOf(source: Value, parts: readonly Part[]): (Term & { readonly value: Value })[] {
  return parts.flatMap(({ value, sign, branch }) => {
    if (typeof branch !== 'string') return branch.source === source ? [{ branch, sign, value }] : [];
    const skip = branch === 'it broadcasts' ? null : skipBranch(value, source, channelCount(source) ?? -1);
    return skip ? [{ branch: skip, sign, value }] : [];
  });
}

/** Identity beside one convolution is a skip; several convolutions or a BatchNormalization make parallel branches. */
function kindOf(terms: readonly Term[]): 'skip' | 'parallel' {
  const convolutions = terms.filter((t) => t.branch.conv).length;
  return convolutions > 1 || terms.some((t) => t.branch.normalises || t.branch.kind === 'pool') ? 'parallel' : 'skip';
}

function propose(sum: Sum, output: Value, terms: readonly (Term & { value: Value })[], context: RewriteContext, kind: 'skip' | 'parallel'): Proposal | Refusal {
  const nodes = [...terms.flatMap((t) => t.branch.nodes), ...sum.nodes];
  const refuse = (reason: string): Refusal => ({ kind: 'refusal', nodes, reason });
  const hosts = terms.map((t) => t.branch).filter((b) => b.conv).sort((a, b) => tapCount(b.kernel) - tapCount(a.kernel));
  const host = hosts[0] as Branch;
  const view = host.conv as NonNullable<Branch['conv']>;
  const mismatch = hosts.find((b) => b.conv?.dtype !== view.dtype || b.conv?.strides.join() !== view.strides.join()
    || (tapCount(b.kernel) > 1 && b.conv?.dilations.join() !== view.dilations.join()));
  if (mismatch) return refuse(`${mismatch.nodes[0]?.label} differs from ${host.nodes[0]?.label} in type, stride or dilation`);
  if (terms.some((t) => !t.branch.conv) && (view.inChannels !== view.outChannels || view.strides.some((s) => s !== 1))) return refuse('the skip needs stride 1 and as many output as input channels');
  const merged = mergeBranches(terms, host);
  if (typeof merged === 'string') return refuse(merged);
  const before = hosts.reduce((macs, { conv }) => macs + (conv ? (conv.outChannels * conv.inChannels * tapCount(conv.kernel)) / conv.group : 0), 0);
  if (merged.weights.length > before) return refuse(`one dense kernel of ${merged.weights.length} weights would cost more than the branches' ${before}`);
  const patch = new Patch(context.graph, context.opset);
  const written = writeConv(view, patch, { weights: merged.weights, bias: merged.bias, group: merged.group });
  if (typeof written === 'string') return refuse(written);
  const rest = sum.summands.filter((s) => !terms.some((t) => t.value === s.value && t.sign === s.sign));
  patch.replace(output, addRest(patch, written, rest, sum.root)).remove(...new Set(nodes));
  const precision = kind === 'skip' ? skipPrecision(merged, view.outChannels) : null;
  return {
    kind: 'proposal', patch, nodes, reason: `${terms.length} linear branches of "${view.input.name}" are one convolution`,
    ...(precision ? { facts: { 'int8 weight SNR kept, dB': precision.kept, 'int8 weight SNR folded, dB': precision.folded } } : {}),
  };
}

/** The summands that were not merged stay in the sum, behind the new convolution. */
function addRest(patch: Patch, first: Value, rest: Sum['summands'], root: Node): Value {
  return rest.reduce((sum, { value, sign }) => patch.node(sign === 1 ? 'Add' : 'Sub', [sum, value], { like: root }), first);
}

/** A skip that was seen and does not fold: why. Sums without a convolution say nothing. */
function refusalFor(root: Node, parts: readonly Part[]): Refusal | null {
  const reason = parts.map((p) => p.branch).find((b): b is string => typeof b === 'string' && b !== 'no convolution');
  const conv = parts.find((p) => p.value.producer?.is('Conv'))?.value.producer;
  if (conv && reason) return { kind: 'refusal', nodes: [conv, root], reason };
  const activation = parts.find((p) => p.value.producer?.is('Relu', 'PRelu', 'Clip', 'LeakyRelu') && p.value.producer.input(0)?.producer?.is('Conv'))?.value.producer;
  return activation ? { kind: 'refusal', nodes: [activation, root], reason: `${activation.opType} stands between the convolution and the sum` } : null;
}
