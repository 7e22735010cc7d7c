import { type Node, Patch, type Value } from '../../../models/graph/index.ts';
import type { Rewrite } from '../rewrite.ts';

const SIXTH = 1 / 6;

/** x · HardSigmoid(x), which the HTP compiler multiplies by x once more. */
export const hardSwish: Rewrite = {
  id: 'form/hard-swish', title: 'x · HardSigmoid(x) as HardSwish', exactness: 'exact', face: 'same', opTypes: ['HardSigmoid'],
  doc: `Mul(x, HardSigmoid(x)) with α = 1/6, β = 1/2 is HardSwish(x) (ONNX defines it so), from opset 14 on; before, and where others use the
HardSigmoid, the factors change places: HardSigmoid(x) · x, bit for bit the same. The HTP compiler recognises the product in the first order alone, puts
HardSwish in the place of HardSigmoid and keeps the multiplication: x² · HardSigmoid(x).`,
  match: (node, context) => {
    const [input, output] = [node.input(0), node.output()];
    const product = misreadProduct(node);
    if (!input || !output || !product) return null;
    const patch = new Patch(context.graph, context.opset);
    if (context.opset >= 14 && output.soleConsumer === product) {
      patch.replace(product.output() as Value, patch.node('HardSwish', [input], { like: product })).remove(node, product);
      return { kind: 'proposal', patch, nodes: [node, product], reason: 'it is HardSwish, and would be read as that and multiplied again' };
    }
    patch.replace(product.output() as Value, patch.node('Mul', [output, input], { like: product })).remove(product);
    return { kind: 'proposal', patch, nodes: [product], exactness: 'bit', reason: 'in the other order the factors are not read as HardSwish' };
  },
};

/** The multiplication that the compiler takes part of for HardSwish; null where there is none. */
export function misreadProduct(node: Node): Node | null {
  const hard = Math.abs(node.attributes.float('alpha', 0.2) - SIXTH) < 1e-6 && node.attributes.float('beta', 0.5) === 0.5;
  if (!hard) return null;
  return node.output()?.consumers.find((next) => next.is('Mul') && next.input(0) === node.input(0) && next.input(1) === node.output()) ?? null;
}
