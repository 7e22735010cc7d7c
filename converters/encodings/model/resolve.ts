import { UserError } from '../../../models/contracts/index.ts';
import type { Graph } from '../../../models/graph/index.ts';
import { type EncodingsFile, scaleCount, type TensorEncoding } from '../encoding.ts';
import { blockArray } from '../format/blocks.ts';
import { layoutOf, normalAxis, type TensorLayout } from './layout.ts';
import { nearNames } from './near-names.ts';

/** Why an encoding does not fit the model. */
export interface Mismatch {
  readonly tensor: string;
  readonly kind: 'unknown' | 'count' | 'type';
  /** A sentence, without the remedy. */
  readonly what: string;
  /** Tensors of the model with a similar name, for `unknown`. */
  readonly near: readonly string[];
}

export interface Resolved {
  /** Those that fit; axes, shapes of blocks and sections as the model says. */
  readonly file: EncodingsFile;
  readonly mismatches: readonly Mismatch[];
}

/** Similar names are looked for in so many cases: a file of another model has thousands. */
const MOST_GUESSED = 20;

/** Holds encodings against a graph whose shapes are inferred: names, element types, channel counts, blocks. */
export function resolveEncodings(file: EncodingsFile, graph: Graph): Resolved {
  const encodings = new Map<string, TensorEncoding>();
  const mismatches: Mismatch[] = [];
  for (const encoding of file.encodings.values()) {
    const { name } = encoding;
    const value = graph.values.get(name);
    const found = value ? fit(encoding, value.type.dtype, layoutOf(value)) : 'unknown';
    if (typeof found === 'object' && 'kind' in found) encodings.set(name, found);
    else if (found === 'unknown') {
      const near = mismatches.length < MOST_GUESSED ? nearNames(name, graph.values.keys()) : [];
      mismatches.push({ tensor: name, kind: 'unknown', what: `The model has no tensor "${name}"`, near });
    } else mismatches.push({ tensor: name, kind: found[0], what: found[1], near: [] });
  }
  return { file: { ...file, encodings }, mismatches };
}

/** The file with all of it fitting. Throws UserError that names the tensors, with both counts or with names that are near. */
export function requireResolved(file: EncodingsFile, graph: Graph): EncodingsFile {
  const { file: resolved, mismatches } = resolveEncodings(file, graph);
  const [first] = mismatches;
  if (!first) return resolved;
  const more =
    mismatches.length > 1
      ? ` So it is with ${mismatches.length - 1} more: ${mismatches
          .slice(1, 6)
          .map(({ tensor }) => `"${tensor}"`)
          .join(', ')}${mismatches.length > 6 ? ' …' : ''}.`
      : '';
  throw new UserError(`${first.what}.${more}`, [
    ...(first.near.length > 0 ? [`Close: ${first.near.join(', ')}.`] : []),
    'Use the encodings that were exported with this very model; dyno encodings coverage lists what fits.',
  ]);
}

type Misfit = readonly ['count' | 'type', string];

function fit(encoding: TensorEncoding, dtype: string | null, layout: TensorLayout | null): TensorEncoding | Misfit {
  const { name } = encoding;
  if (dtype !== null && dtype !== 'float32' && dtype !== 'float16' && dtype !== 'bfloat16')
    return ['type', `"${name}" holds ${dtype}, which is not quantized`];
  const section = encoding.section ?? layout?.section ?? null;
  if (encoding.kind === 'float' || encoding.grain.kind === 'tensor') return { ...encoding, section };
  if (!layout) return ['count', `"${name}" has ${scaleCount(encoding)} scales, and its shape is not known`];
  if (encoding.grain.kind === 'block') return fitBlocks(encoding, encoding.grain, section, layout);
  if (encoding.kind === 'lpbq') return ['type', `"${name}" is LPBQ without blocks`];
  const axis = normalAxis(encoding.grain.axis ?? layout.channelAxis, layout.dims.length);
  const channels = layout.dims[axis];
  if (channels === undefined) return ['count', `"${name}" has scales along axis ${axis} and ${layout.dims.length} dimensions`];
  if (channels !== encoding.scale.length)
    return ['count', `"${name}" has ${encoding.scale.length} encodings for ${channels < 0 ? 'an open number of' : channels} channels`];
  return { ...encoding, section, grain: { kind: 'channel', axis } };
}

type Blocked = Exclude<TensorEncoding, { kind: 'float' }>;
type BlockGrain = Extract<Blocked['grain'], { kind: 'block' }>;

function fitBlocks(
  encoding: Blocked,
  grain: BlockGrain,
  section: TensorEncoding['section'],
  layout: TensorLayout,
): TensorEncoding | Misfit {
  const { dims, channelAxis, blockAxis } = layout;
  const count = scaleCount(encoding);
  const axis = normalAxis(grain.axis ?? blockAxis, dims.length);
  const length = dims[axis] ?? 0;
  const blocks = length / grain.size;
  const what = `"${encoding.name}" has ${count} scales in blocks of ${grain.size}`;
  if (!Number.isInteger(blocks) || blocks < 1) return ['count', `${what} along ${length} entries`];
  if (grain.shape === null) {
    const channels = dims[channelAxis] ?? 1;
    return count === channels * blocks
      ? inShape(encoding, grain, section, layout)
      : ['count', `${what} for ${channels} channels of ${blocks} blocks`];
  }
  const fits =
    grain.shape.length === dims.length && grain.shape.every((size, i) => (i === axis ? size === blocks : size === 1 || size === dims[i]));
  return fits
    ? ({ ...encoding, section, grain: { ...grain, axis } } as TensorEncoding)
    : ['count', `${what}, of shape [${grain.shape}], for a tensor of shape [${dims}]`];
}

/** The flat lists of 1.0.0 as arrays of the tensor's rank. */
function inShape(encoding: Blocked, grain: BlockGrain, section: TensorEncoding['section'], layout: TensorLayout): TensorEncoding {
  const arrays = (['scale', 'zeroPoint', 'blockScale'] as const).flatMap((field) => {
    const values = (encoding as Partial<Record<typeof field, readonly number[]>>)[field];
    const made = values && blockArray(values, grain, layout);
    return made && typeof made === 'object' ? [[field, made] as const] : [];
  });
  const [first] = arrays.map(([, { axis, shape }]) => ({ axis, shape }));
  return {
    ...encoding,
    section,
    ...Object.fromEntries(arrays.map(([field, { values }]) => [field, values])),
    grain: { ...grain, ...first },
  } as TensorEncoding;
}
