import type { OperationProfile } from '../../../../models/contracts/records.ts';
import type { Model } from '../../../../models/graph/index.ts';
import { identifier } from '../identifier.ts';
import type { OperationCycles } from './figures.ts';

type Operation = OperationProfile['operations'][number];

/** Part of a name that the tools put behind that of the node: a part of it, its layout, a conversion of type. */
const OWN_SUFFIX = /^(?:_token_\d+|_(?:nchw|nhwc|ncf|nfc)|_(?:pre|post)_\w+|_(?:convert|quantize|dequantize|reshape|transpose|bias|permute|cast|split|pad)\w*|\/\w+|_\d+)+$/i;

/**
 * Leads operations of a profile back to nodes of the ONNX model: by the node's name, by the name of what it makes, in both cases also as the
 * identifier that the tools make of it, and by the longest of them that a suffix of the tools follows. What leads nowhere keeps `node` null.
 */
export function mapOperations(operations: readonly OperationCycles[], model: Model): Operation[] {
  const nodes = [...model.graph.nodes()];
  const known = new Map<string, { readonly label: string; readonly opType: string }>();
  for (const node of nodes) {
    for (const name of [node.name, ...node.outputs.map((value) => value?.name ?? '')]) {
      if (name === '') continue;
      for (const form of [name, identifier(name)]) if (!known.has(form)) known.set(form, { label: node.label, opType: node.opType });
    }
  }
  return operations.map(({ name, cycles }) => {
    const own = name.replace(/:OpId_\d+$/, '');
    const found = known.get(own) ?? known.get(identifier(own)) ?? longest(known, own) ?? longest(known, identifier(own));
    return { name, opType: found?.opType ?? null, node: found?.label ?? null, cycles };
  });
}

function longest<T>(known: ReadonlyMap<string, T>, name: string): T | null {
  for (let end = name.length - 1; end > 0; end--) {
    const found = known.get(name.slice(0, end));
    if (found && OWN_SUFFIX.test(name.slice(end))) return found;
  }
  return null;
}
