import { inflateRawSync } from 'node:zlib';

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;

/** Files of a zip archive by their path (PKWARE APPNOTE, 4.3): stored or deflated, below 4 GB. Throws Error for what is none. */
export function unzip(archive: Buffer): Map<string, Buffer> {
  const end = endOf(archive);
  const files = new Map<string, Buffer>();
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.readUInt32LE(at) !== CENTRAL) throw new Error('the archive is damaged');
    const [method, size, offset] = [archive.readUInt16LE(at + 10), archive.readUInt32LE(at + 20), archive.readUInt32LE(at + 42)];
    const [name, extra, comment] = [archive.readUInt16LE(at + 28), archive.readUInt16LE(at + 30), archive.readUInt16LE(at + 32)];
    const path = archive.toString('utf8', at + 46, at + 46 + name);
    if (!path.endsWith('/')) files.set(path, content(archive, offset, size, method));
    at += 46 + name + extra + comment;
  }
  return files;
}

function endOf(archive: Buffer): number {
  for (let at = archive.length - END_BYTES; at >= Math.max(0, archive.length - END_BYTES - LONGEST_COMMENT); at--) {
    if (archive.readUInt32LE(at) === END) return at;
  }
  throw new Error('this is no zip archive');
}

/** The local header has lengths of its own for name and extra. */
function content(archive: Buffer, offset: number, size: number, method: number): Buffer {
  const start = offset + 30 + archive.readUInt16LE(offset + 26) + archive.readUInt16LE(offset + 28);
  const bytes = archive.subarray(start, start + size);
  if (method === 0) return Buffer.from(bytes);
  if (method === 8) return inflateRawSync(bytes);
  throw new Error(`the archive uses method ${method}`);
}
