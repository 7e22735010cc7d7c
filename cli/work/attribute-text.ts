import { createHash } from 'node:crypto';
import { onnx } from '../../models/onnx/generated/onnx-ml.js';
import type { AttributeProto, NodeProto } from '../../models/onnx/index.ts';

/** A node's attributes in one line, by name; tensors and graphs by a hash of their bytes. */
export function attributesText(node: NodeProto): string {
  return [...(node.attribute ?? [])]
    .sort((a, b) => (a.name ?? '').localeCompare(b.name ?? ''))
    .map((attribute) => `${attribute.name ?? ''}=${valueText(attribute)}`)
    .join(', ');
}

const KIND = onnx.AttributeProto.AttributeType;

function valueText(attribute: AttributeProto): string {
  const decode = (bytes: Uint8Array | null | undefined): string => JSON.stringify(Buffer.from(bytes ?? []).toString('utf8'));
  switch (Number(attribute.type ?? 0)) {
    case KIND.FLOAT:
      return String(attribute.f ?? 0);
    case KIND.INT:
      return String(attribute.i ?? 0);
    case KIND.STRING:
      return decode(attribute.s);
    case KIND.FLOATS:
      return `[${(attribute.floats ?? []).join(', ')}]`;
    case KIND.INTS:
      return `[${(attribute.ints ?? []).map(String).join(', ')}]`;
    case KIND.STRINGS:
      return `[${(attribute.strings ?? []).map(decode).join(', ')}]`;
    default:
      return `#${createHash('sha256').update(onnx.AttributeProto.encode(attribute).finish()).digest('hex').slice(0, 12)}`;
  }
}
