import { type Node, Patch } from '../../../models/graph/index.ts';
import type { Proposal, Refusal, Rewrite, RewriteContext } from '../rewrite.ts';
import { type ConvView, readConv, writeConv } from '../weights/index.ts';
import { type Composite, compose } from './compose.ts';
import { tapCount } from './taps.ts';

/** conv → conv, Gemm → Gemm, 1×1 ↔ ConvTranspose without anything between. */
export const serialLayers: Rewrite = {
  id: 'fold/serial', title: 'Linear layers in series folded into one', exactness: 'exact', face: 'same', opTypes: ['Conv', 'ConvTranspose', 'Gemm', 'MatMul'],
  doc: `B∘A as one layer: K[o, i, j·s₁ + r] = Σ_m B[o, m, j]·A[m, i, r], bias b + Σ_m (Σ_j B[o, m, j])·a_m (SESR's blocks).
Exact: k×k of any padding and bias followed by 1×1; 1×1 without bias followed by k×k; k₁ with padding followed by k₂ without; a strided layer
followed by one without padding. A 1×1 with bias, or any padded layer, before a padded one is right in the interior only: --allow border.
Folded only where multiply-accumulates do not rise; nothing else may use the value between. Groups stay where both share them.`,
  match,
};

function match(node: Node, context: RewriteContext): Proposal | Refusal | null {
  const before = node.input(0)?.producer;
  const output = node.output();
  if (!before?.is('Conv', 'ConvTranspose', 'Gemm', 'MatMul') || !output) return null;
  const nodes = [before, node];
  const refuse = (reason: string): Refusal => ({ kind: 'refusal', nodes, reason });
  const between = before.output();
  if (between?.soleConsumer !== node) return refuse(`"${between?.name}" has other consumers or is a graph output`);
  const [a, b] = [readConv(before), readConv(node)];
  if (typeof a === 'string') return refuse(a);
  if (typeof b === 'string') return refuse(b);
  if ((a.kernel.length === 0) !== (b.kernel.length === 0) || a.kernel.length !== b.kernel.length) return refuse('a matrix layer and a convolution do not make one layer');
  if (a.dtype !== b.dtype) return refuse(`weights of ${a.dtype} and ${b.dtype}`);
  const composite = compose(a, b);
  if (typeof composite === 'string') return refuse(composite);
  const dear = tooDear(a, b, composite);
  if (dear) return refuse(dear);
  if (composite.exactness === 'border' && !context.allow.has('border')) return refuse(`${b.node.label} pads what ${a.node.label} computed: border values would differ (--allow border)`);
  const host = hostOf(a, b, composite);
  if (!host) return refuse('MatMul takes no bias');
  const patch = new Patch(context.graph, context.opset);
  const { compute, group, kernel, strides, dilations, pads } = composite;
  const written = writeConv(host, patch, { ...compute(), group, kernel, strides, dilations, pads, inChannels: a.inChannels, outChannels: b.outChannels, input: a.input });
  if (typeof written === 'string') return refuse(written);
  patch.replace(output, written).remove(...nodes);
  return { kind: 'proposal', patch, nodes, reason: `${a.inChannels}→${a.outChannels}→${b.outChannels} channels without a nonlinearity between`, exactness: composite.exactness };
}

/** The layer whose kind and remaining attributes the new one takes. */
function hostOf(a: ConvView, b: ConvView, composite: Composite): ConvView | null {
  if (a.kind === 'ConvTranspose') return a;
  if (b.kind !== 'MatMul' || !composite.biased) return b;
  return a.kind === 'Gemm' ? a : null;
}

/** Multiply-accumulates per output position of B, before and after; A runs s₂ⁿ times per position of B. */
function tooDear(a: ConvView, b: ConvView, composite: Composite): string | null {
  const steps = b.kind === 'ConvTranspose' ? 1 : b.strides.reduce((x, y) => x * y, 1);
  const spread = a.kind === 'ConvTranspose' ? a.strides.reduce((x, y) => x * y, 1) : 1;
  const before = macs(a) * steps / spread + macs(b);
  const after = (b.outChannels * (a.inChannels / composite.group) * tapCount(composite.kernel)) / spread;
  return after > before ? `${after} multiply-accumulates per position instead of ${before}` : null;
}

function macs(view: ConvView): number {
  return view.outChannels * (view.inChannels / view.group) * tapCount(view.kernel);
}
