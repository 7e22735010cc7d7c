import { basename, dirname, join } from 'node:path';
import { UserError } from '../contracts/errors.ts';
import { DataNames, samePath } from './data-names.ts';
import { type EncodedModel, encodeInPieces } from './encode.ts';
import { externalEntry, unbound } from './external-data.ts';
import { type FileRange, rangeOf } from './file-range.ts';
import { cloneMessage } from './message.ts';
import { isExternal, payloadLength, tensorBytes } from './payload.ts';
import type { ModelProto, TensorProto } from './proto.ts';
import type { OnnxModel } from './read.ts';
import { LARGEST_MESSAGE } from './schema.ts';
import type { SourceFile } from './source-file.ts';
import { eachTensor, mapTensors } from './tensors.ts';
import type { Content } from './transfer.ts';

export interface PlacementOptions {
  /** The model that the proto was edited from. */
  readonly from?: OnnxModel;
  /** Leaves external data files where they are; the target must be in the same folder. */
  readonly keepExternal?: boolean;
  /** Largest model file in bytes; what does not fit goes to a data file. Default: what Protocol Buffers allow, 2 GiB. */
  readonly inlineLimit?: number;
}

/** Where the tensors of a model to be saved will lie. */
export interface Placement {
  /** The message with the locations it will be saved with. */
  readonly proto: ModelProto;
  readonly encoded: EncodedModel;
  /** Data files that the model will refer to. */
  readonly files: readonly PlacedFile[];
  readonly notes: readonly string[];
}

export interface PlacedFile {
  readonly path: string;
  /** An existing data file that goes there as a whole (`kept` where it is there already), or new content. */
  readonly content: SourceFile | readonly Content[];
  readonly kept: boolean;
}

/** Edited tensors of a model with external data stay inside the model file up to this size. */
const INLINE_UP_TO = 64 * 1024;
const MOVED_FROM = 1024;
/** Offsets in new data files are multiples of this, so that readers can map them (onnx: docs/ExternalData.md). */
const ALIGNMENT = 4096;

/**
 * Decides where every tensor goes. Data files that are used and not edited stay whole: in place where the model is saved onto itself or is
 * told to keep them, else beside the target, under their own names or, in the folder they come from, as `MODEL.onnx.data`. New large
 * tensors of a model with external data, and everything large once the model would exceed `inlineLimit`, go to a new data file.
 * Throws UserError when `keepExternal` cannot be.
 */
export function placeTensors(proto: ModelProto, target: string, options: PlacementOptions): Placement {
  const names = new DataNames(target);
  for (const path of options.from?.dataFiles ?? []) names.reserve(path);
  const moved = relocate(proto, names, target, options);
  const known = options.from ? originalTensors(options.from.proto) : null;
  const large =
    known !== null && (moved.files.length > 0 || known.external)
      ? (tensor: TensorProto) => size(tensor) > INLINE_UP_TO && !known.values.has(tensor.rawData ?? tensor)
      : () => false;
  const split = splitOff(moved.proto, large, names);
  const limit = options.inlineLimit ?? LARGEST_MESSAGE;
  const encoded = encodeInPieces(split.proto);
  if (encoded.size <= limit) return { proto: split.proto, encoded, files: [...moved.files, ...split.files], notes: [] };
  return spill(moved, names, limit);
}

/** Everything large goes to a data file. */
function spill(moved: { proto: ModelProto; files: PlacedFile[] }, names: DataNames, limit: number): Placement {
  const { proto, files } = splitOff(moved.proto, (tensor) => size(tensor) >= MOVED_FROM, names);
  const encoded = encodeInPieces(proto);
  if (encoded.size > limit) {
    throw new UserError(
      `The model does not fit into ${limit} bytes even with its initializers in a data file: constants inside nodes are too large.`,
      ['Turn large Constant nodes into initializers when exporting.'],
    );
  }
  const where = files.map((file) => basename(file.path)).join(', ');
  return {
    proto,
    encoded,
    files: [...moved.files, ...files],
    notes: [`The tensors need more than the ${limit} bytes that one model file may have: they are in ${where} beside it.`],
  };
}

/** Gives every data file its place and tensors the location that leads there. */
function relocate(
  proto: ModelProto,
  names: DataNames,
  target: string,
  options: PlacementOptions,
): { proto: ModelProto; files: PlacedFile[] } {
  const sources = dataSources(proto);
  if (sources.size === 0) return { proto, files: [] };
  const inPlace = options.from?.path != null && samePath(options.from.path, target);
  const places = new Map<SourceFile, Place>();
  for (const [file, location] of sources) {
    names.reserve(file.path);
    const there = join(names.folder, location);
    const same = samePath(there, file.path);
    if (options.keepExternal === true && !same) throw cannotKeep(file, target);
    if (same && !inPlace && options.keepExternal !== true) continue;
    names.reserve(there);
    places.set(file, { file: { path: there, content: file, kept: same }, renamed: null });
  }
  for (const file of sources.keys()) {
    if (places.has(file)) continue;
    const renamed = names.next(file.path);
    const path = join(names.folder, renamed);
    places.set(file, { file: { path, content: file, kept: samePath(path, file.path) }, renamed });
  }
  const moved = mapTensors(proto, (tensor) => {
    const renamed = isExternal(tensor) ? places.get((rangeOf(tensor.externalData) as FileRange).file)?.renamed : null;
    return renamed ? withLocation(tensor, renamed) : tensor;
  });
  return { proto: moved, files: [...places.values()].map((place) => place.file) };
}

interface Place {
  readonly file: PlacedFile;
  /** The new location, where it changes. */
  readonly renamed: string | null;
}

/** Data files that tensors lie in, with the location that leads there. */
function dataSources(proto: ModelProto): Map<SourceFile, string> {
  const sources = new Map<SourceFile, string>();
  eachTensor(proto, (tensor) => {
    if (!isExternal(tensor)) return;
    const range = rangeOf(tensor.externalData);
    if (!range) throw unbound(tensor);
    if (!sources.has(range.file)) sources.set(range.file, externalEntry(tensor, 'location') ?? '');
  });
  return sources;
}

function cannotKeep(file: SourceFile, target: string): UserError {
  return new UserError(
    `${file.path} cannot stay where it is: a model may only refer to data in its own folder, and ${target} is in another one.`,
    [`Save the model into ${dirname(file.path)}, or leave out --keep-external: the data is then copied.`],
  );
}

/** Moves the initializers that `which` picks to a new data file. */
function splitOff(
  proto: ModelProto,
  which: (tensor: TensorProto) => boolean,
  names: DataNames,
): { proto: ModelProto; files: PlacedFile[] } {
  const content: Content[] = [];
  let location = '';
  let end = 0;
  const edited = mapTensors(proto, (tensor, initializer) => {
    if (!initializer || isExternal(tensor) || !which(tensor)) return tensor;
    location ||= names.next();
    const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    if (offset > end) content.push(new Uint8Array(offset - end));
    const values = rangeOf(tensor.rawData) ?? tensorBytes(tensor);
    content.push(values);
    end = offset + values.length;
    return external(tensor, location, offset, values.length);
  });
  return { proto: edited, files: content.length > 0 ? [{ path: join(names.folder, location), content, kept: false }] : [] };
}

function external(tensor: TensorProto, location: string, offset: number, length: number): TensorProto {
  const externalData = [
    { key: 'location', value: location },
    { key: 'offset', value: String(offset) },
    { key: 'length', value: String(length) },
  ];
  return cloneMessage(tensor, {
    rawData: null,
    floatData: [],
    int32Data: [],
    int64Data: [],
    doubleData: [],
    uint64Data: [],
    externalData,
    dataLocation: 1,
  });
}

function withLocation(tensor: TensorProto, location: string): TensorProto {
  const externalData = (tensor.externalData ?? []).map((entry) =>
    entry.key === 'location' ? cloneMessage(entry, { value: location }) : entry,
  );
  return cloneMessage(tensor, { externalData });
}

/** What the original model's tensors hold, by identity, and whether any lies outside. */
function originalTensors(proto: ModelProto): { values: ReadonlySet<object>; external: boolean } {
  const values = new Set<object>();
  let external = false;
  eachTensor(proto, (tensor) => {
    values.add(tensor.rawData ?? tensor);
    external ||= isExternal(tensor);
  });
  return { values, external };
}

function size(tensor: TensorProto): number {
  return payloadLength(tensor) ?? 0;
}
