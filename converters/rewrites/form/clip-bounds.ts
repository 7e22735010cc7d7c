import { Patch, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Rewrite } from '../rewrite.ts';

/** Clip of opset 6 to 10, whose attribute bounds the HTP compiler ignores. */
export const clipBounds: Rewrite = {
  id: 'form/clip-bounds', title: 'Clip with attribute bounds as Max and Min', exactness: 'bit', face: 'same', opTypes: ['Clip'],
  doc: `Clip(x) with min = a, max = b as attributes (opset < 11) becomes Min(Max(x, a), b), an open side left out: the same comparisons on
the same numbers. The HTP compiler takes the attribute form and ignores the bounds; from opset 11 on bounds are inputs and right.`,
  match: (node, context) => {
    const [input, output] = [node.input(0), node.output()];
    const bounds = (['min', 'max'] as const).filter((name) => node.attributes.has(name));
    if (!input || !output || bounds.length === 0) return null;
    const { dtype } = input.type;
    if (dtype !== 'float32' && dtype !== 'float16' && dtype !== 'float64') return { kind: 'refusal', nodes: [node], reason: 'its element type is not known' };
    if (context.opset < 8) return { kind: 'refusal', nodes: [node], reason: 'Min and Max broadcast from opset 8 on (--opset 8 or above)' };
    const patch = new Patch(context.graph, context.opset);
    const clamped = bounds.reduce<Value>((at, name) => {
      const bound = patch.constant(Tensor.of(dtype, [], [node.attributes.float(name, 0)]), `${output.name}_${name}`);
      return patch.node(name === 'min' ? 'Max' : 'Min', [at, bound], { name: `${node.name || 'Clip'}_${name}`, types: [input.type] });
    }, input);
    patch.replace(output, clamped).remove(node);
    return { kind: 'proposal', patch, nodes: [node], reason: `bounds ${bounds.map((b) => `${b} ${node.attributes.float(b, 0)}`).join(', ')} become operators that the compiler reads` };
  },
};
