import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { UserError } from '../contracts/errors.ts';
import type { NdArray } from '../contracts/ndarray.ts';
import { parseNpy } from './npy.ts';

/**
 * Reads a NumPy `.npz` file (numpy.savez, numpy.savez_compressed): a ZIP archive of `NAME.npy`, stored or deflated (PKWARE APPNOTE 4.3). Throws
 * UserError for anything else, archives beyond 4 GB included.
 */
export function readNpz(path: string): Map<string, NdArray> {
  const file = readFileSync(path);
  const end = file.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0 || end + 22 > file.length) throw new UserError(`${path} is not an .npz file.`);
  const arrays = new Map<string, NdArray>();
  let at = file.readUInt32LE(end + 16);
  for (let left = file.readUInt16LE(end + 10); left > 0; left--) {
    if (at + 46 > file.length || file.readUInt32LE(at) !== ENTRY) throw new UserError(`${path} is damaged: its directory is not whole.`);
    const [nameLength, extraLength, commentLength] = [file.readUInt16LE(at + 28), file.readUInt16LE(at + 30), file.readUInt16LE(at + 32)];
    const name = file.toString('utf8', at + 46, at + 46 + nameLength);
    if (name.endsWith('.npy')) arrays.set(name.slice(0, -4), parseNpy(contentOf(file, at, path), `${path}, ${name}`));
    at += 46 + nameLength + extraLength + commentLength;
  }
  return arrays;
}

/** Signature of an entry of the directory. */
const ENTRY = 0x02014b50;

function contentOf(file: Buffer, entry: number, path: string): Buffer {
  const [method, packed, start] = [file.readUInt16LE(entry + 10), file.readUInt32LE(entry + 20), file.readUInt32LE(entry + 42)];
  if (start + 30 > file.length) throw new UserError(`${path} is cut off, or larger than 4 GB.`);
  const from = start + 30 + file.readUInt16LE(start + 26) + file.readUInt16LE(start + 28);
  const bytes = file.subarray(from, from + packed);
  if (method === 0) return bytes;
  if (method !== 8) throw new UserError(`${path} is packed by method ${method}.`, ['Save it with numpy.savez or numpy.savez_compressed.']);
  try {
    return inflateRawSync(bytes);
  } catch (error) {
    throw new UserError(`${path} is damaged: ${(error as Error).message}.`, ['Copy the file again.'], { cause: error });
  }
}
