/** An entry of a zip archive. `stored`: its bytes lie in the archive as they are. */
export interface ZipEntry {
  readonly name: string;
  readonly bytes: number;
  readonly offset: number;
  readonly stored: boolean;
}

const END = 0x06054b50;
const END64_LOCATOR = 0x07064b50;
const ENTRY = 0x02014b50;
const LARGEST_COMMENT = 65_557;
const IN_ZIP64 = 0xffffffff;

/** The entries of a zip archive by its central directory (APPNOTE 6.3, zip64 included); null for bytes that are none, or are cut off. */
export function zipDirectory(file: Buffer): ZipEntry[] | null {
  try {
    return readDirectory(file);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The bytes of a stored entry; null where it is compressed. */
export function storedBytes(file: Buffer, { offset, bytes, stored }: ZipEntry): Buffer | null {
  const start = offset + 30 + file.readUInt16LE(offset + 26) + file.readUInt16LE(offset + 28);
  return stored ? file.subarray(start, start + bytes) : null;
}

function readDirectory(file: Buffer): ZipEntry[] | null {
  const end = findEnd(file);
  if (end === null) return null;
  const wide = end >= 20 && file.readUInt32LE(end - 20) === END64_LOCATOR ? Number(file.readBigUInt64LE(end - 12)) : null;
  const count = wide === null ? file.readUInt16LE(end + 10) : Number(file.readBigUInt64LE(wide + 32));
  let at = wide === null ? file.readUInt32LE(end + 16) : Number(file.readBigUInt64LE(wide + 48));
  const entries: ZipEntry[] = [];
  for (let i = 0; i < count; i++) {
    if (file.readUInt32LE(at) !== ENTRY) return null;
    const [nameLength, extraLength, commentLength] = [file.readUInt16LE(at + 28), file.readUInt16LE(at + 30), file.readUInt16LE(at + 32)] as const;
    const name = file.toString('utf8', at + 46, at + 46 + nameLength);
    const [bytes, , offset] = sizes(file, at, at + 46 + nameLength, extraLength);
    entries.push({ name, bytes, offset, stored: file.readUInt16LE(at + 10) === 0 });
    at += 46 + nameLength + extraLength + commentLength;
  }
  return entries;
}

/** Uncompressed size, compressed size, offset; those that do not fit stand in the zip64 field, in this order. */
function sizes(file: Buffer, at: number, extra: number, extraLength: number): [number, number, number] {
  const short = [file.readUInt32LE(at + 24), file.readUInt32LE(at + 20), file.readUInt32LE(at + 42)];
  let wide = zip64Field(file, extra, extra + extraLength);
  return short.map((value) => {
    if (value !== IN_ZIP64 || wide === null) return value;
    wide += 8;
    return Number(file.readBigUInt64LE(wide - 8));
  }) as [number, number, number];
}

function zip64Field(file: Buffer, from: number, to: number): number | null {
  for (let at = from; at + 4 <= to; at += 4 + file.readUInt16LE(at + 2)) if (file.readUInt16LE(at) === 1) return at + 4;
  return null;
}

function findEnd(file: Buffer): number | null {
  for (let at = file.length - 22; at >= Math.max(0, file.length - LARGEST_COMMENT); at--) if (file.readUInt32LE(at) === END) return at;
  return null;
}
