import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Attributes } from '../../../models/graph/index.ts';
import type { AttributeProto, ModelProto } from '../../../models/onnx/index.ts';
import { type Form, generateNetwork } from '../../../models/zoo/index.ts';
import { fixture } from '../../support/paths.ts';

/**
 * The same architectures, defined as PyTorch modules and exported by PyTorch (`test/fixtures/zoo/make_listings.py`): nodes, names, wiring,
 * attributes, constants and the shapes of parameters must be the same. Only what the exporter numbers by its own counters may differ.
 */
type Node = [op: string, name: string, inputs: string[], outputs: string[], attributes: Record<string, unknown>];
interface Listing { readonly nodes: Node[]; readonly parameters: Record<string, number[]> }

const { cases } = JSON.parse(gunzipSync(readFileSync(fixture('zoo/listings.json.gz'))).toString()) as { cases: Record<string, Listing> };

test.each(Object.keys(cases))('%s is what PyTorch exports', (key) => {
  const [name, form, scale, opset, dynamic] = key.split('/') as [string, Form, string, string, string?];
  const { model } = generateNetwork(name, { form, scale: Number(scale.slice(1)), opset: Number(opset), size: [16, 24], dynamic: dynamic !== undefined });
  const expected = cases[key] as Listing;
  expect(anonymous(ours(model))).toEqual(anonymous(expected));
});

function ours({ graph }: ModelProto): Listing {
  return {
    nodes: (graph?.node ?? []).map((node) => [node.opType ?? '', node.name ?? '', [...(node.input ?? [])], [...(node.output ?? [])], plain(node.attribute ?? [])]),
    parameters: Object.fromEntries((graph?.initializer ?? []).map((tensor) => [tensor.name ?? '', (tensor.dims ?? []).map(Number)])),
  };
}

function plain(protos: readonly AttributeProto[]): Record<string, unknown> {
  const attributes = new Attributes(protos);
  return Object.fromEntries(protos.map(({ name = '', type }) => {
    const key = name as string;
    if (type === 4) {
      const tensor = attributes.tensor(key);
      const numbers = tensor?.dtype === 'int64' ? tensor.bigints().map(Number) : [...(tensor?.numbers() ?? [])];
      return [key, [tensor?.dtype, tensor?.dims, numbers]];
    }
    if (type === 1) return [key, Math.fround(attributes.float(key, 0))];
    return [key, type === 3 ? attributes.string(key) : (type === 7 ? attributes.ints(key) : attributes.int(key))];
  }));
}

/** Parameters that the exporter turns (weights of PRelu and MatMul, folded tables) have numbers for names: all get one here, by first use. */
function anonymous({ nodes, parameters }: Listing): { nodes: Node[]; parameters: [string, number[]][] } {
  const turned = new Map<string, string>();
  const takers = new Map(nodes.flatMap(([op, , inputs]) => inputs.map((input) => [input, op] as const)));
  const nameOf = (input: string): string => {
    const op = takers.get(input);
    const anonymousOne = input in parameters && (input.startsWith('onnx::') || (op === 'PRelu' || op === 'MatMul') || /relative_position_bias$|attn_mask$/.test(input));
    if (!anonymousOne) return input;
    if (!turned.has(input)) turned.set(input, `turned ${turned.size}`);
    return turned.get(input) as string;
  };
  const renamed = nodes.map(([op, name, inputs, outputs, attributes]): Node => [op, name, inputs.map(nameOf), outputs, attributes]);
  return { nodes: renamed, parameters: Object.entries(parameters).map(([name, dims]): [string, number[]] => [nameOf(name), dims]).sort(([a], [b]) => (a < b ? -1 : 1)) };
}
