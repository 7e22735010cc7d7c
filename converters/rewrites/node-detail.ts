import { formatShape, knownData, type Node, type Value } from '../../models/graph/index.ts';
import { toNumber, toNumbers } from '../../models/onnx/integer.ts';
import type { AttributeProto } from '../../models/onnx/proto.ts';

/** Letters of a whole description, and elements of a list that is told in full. */
const [MOST_LETTERS, MOST_ELEMENTS] = [120, 8];

/** Attributes of a node and the constants that it takes, in a line: `perm=[0,2,3,1]; weight float32 [32, 16, 3, 3]`. */
export function nodeDetail(node: Node): string {
  const attributes = node.is('Constant') ? [] : node.attributes.protos.flatMap((proto) => attributeText(proto) ?? []);
  const constants = [...node.inputs, ...(node.is('Constant') ? node.outputs : [])].flatMap((value) => (value?.constant ? [constantText(value)] : []));
  const text = [...attributes, ...constants].join('; ');
  return text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS - 1)}…` : text;
}

function attributeText(proto: AttributeProto): string | null {
  const value = attributeValue(proto);
  const name = proto.name ?? '';
  return value === null || DEFAULTS[name]?.test(value) ? null : `${name}=${value}`;
}

/** What exporters write although it is the default tells nothing. */
const DEFAULTS: Readonly<Record<string, RegExp>> = {
  dilations: /^\[1(?:, 1)*\]$/, strides: /^\[1(?:, 1)*\]$/, pads: /^\[0(?:, 0)*\]$/, group: /^1$/, auto_pad: /^NOTSET$/, allowzero: /^0$/, ceil_mode: /^0$/,
};

function attributeValue({ i, f, s, ints, floats, t, g }: AttributeProto): string | null {
  if (ints?.length) return listText(toNumbers(ints));
  if (floats?.length) return listText(floats.map((value) => Number(value.toPrecision(4))));
  if (s?.length) return new TextDecoder().decode(s.slice(0, 40));
  if (t) return 'tensor';
  if (g) return 'graph';
  if (i !== null && i !== undefined) return String(toNumber(i));
  return f === null || f === undefined ? null : String(Number(f.toPrecision(4)));
}

/** What shapes and axes hold as far as inference read it, other constants by type: weights stay in their file. */
export function constantText(value: Value): string {
  const { dtype, shape } = value.type;
  const known = shape !== null && shape.length <= 1 && dtype === 'int64' ? knownData(value) : null;
  if (known) return shape?.length === 0 ? String(known[0]) : listText(known.map((element) => element ?? '?'));
  return `${shortName(value.name)} ${dtype ?? '?'} ${formatShape(shape)}`;
}

/** The last part of a scoped name. */
function shortName(name: string): string {
  return name.split(/[./]/).filter((part) => part !== '').at(-1) ?? name;
}

function listText(values: readonly (number | string)[]): string {
  const shown = values.slice(0, MOST_ELEMENTS).join(', ');
  return `[${shown}${values.length > MOST_ELEMENTS ? ', …' : ''}]`;
}
