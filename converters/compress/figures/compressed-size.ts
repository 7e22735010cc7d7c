import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createDeflateRaw } from 'node:zlib';
import { dtypeBits } from '../../../models/contracts/index.ts';
import type { Model } from '../../../models/graph/index.ts';
import { eachTensor, isExternal, Tensor, tensorBytes } from '../../../models/onnx/index.ts';
import { encodeInPieces } from '../../../models/onnx/encode.ts';
import { readRange } from '../../../models/onnx/file-range.ts';

/** Sizes in bytes. */
export interface CompressedSize {
  /** Of the model as a file, external data included, gaps between them left out. */
  readonly bytes: number;
  /** After deflate at zlib's usual level, as app packages (.ipa, .apk) store files. */
  readonly deflated: number;
  /**
   * What its tensors would take from an ideal coder that codes every byte of an element on its own, by how often each byte occurs at
   * that place in the tensor: Σ n·H / 8 over byte planes.
   */
  readonly entropy: number;
}

/** How large a model is, and what is left of it in an app package. */
export async function compressedSize(model: Model): Promise<CompressedSize> {
  const proto = model.toProto();
  const count = { raw: 0, deflated: 0 };
  let entropy = 0;
  eachTensor(proto, (tensor) => { entropy += planeEntropy(Tensor.fromProto(tensor)); });
  const source = Readable.from(contents(proto, count));
  const sink = new Writable({ write: (chunk: Buffer, _encoding, done) => { count.deflated += chunk.byteLength; done(); } });
  await pipeline(source, createDeflateRaw(), sink);
  return { bytes: count.raw, deflated: count.deflated, entropy: Math.ceil(entropy) };
}

const CHUNK = 2 ** 20;

/** The file's bytes in order, then those of external data. */
function* contents(proto: ReturnType<Model['toProto']>, count: { raw: number }): Generator<Uint8Array> {
  const { shell, payloads } = encodeInPieces(proto);
  const parts: (() => Uint8Array)[] = [];
  let from = 0;
  for (const { at, content } of payloads) {
    const [start, end] = [from, at];
    parts.push(() => shell.subarray(start, end), () => (content instanceof Uint8Array ? content : readRange(content)));
    from = at;
  }
  parts.push(() => shell.subarray(from));
  eachTensor(proto, (tensor) => { if (isExternal(tensor)) parts.push(() => tensorBytes(tensor)); });
  for (const part of parts) {
    const bytes = part();
    count.raw += bytes.byteLength;
    for (let at = 0; at < bytes.byteLength; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
  }
}

function planeEntropy(tensor: Tensor): number {
  const bits = dtypeBits(tensor.dtype);
  if (bits === null || tensor.size === 0) return 0;
  const [width, bytes] = [Math.max(1, bits / 8), tensor.bytes()];
  let total = 0;
  for (let plane = 0; plane < width; plane++) {
    const counts = new Uint32Array(256);
    for (let at = plane; at < bytes.byteLength; at += width) counts[bytes[at] as number]!++;
    const n = Math.ceil((bytes.byteLength - plane) / width);
    for (const c of counts) if (c > 0) total -= c * Math.log2(c / n);
  }
  return total / 8;
}
