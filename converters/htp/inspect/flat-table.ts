/** Where the value of each field of a FlatBuffers table lies; null for one that has its default (flatbuffers.dev, "Internals"). */
export type FlatTable = readonly (number | null)[];

/** The table at a position. Throws RangeError outside of the bytes, as all of these do. */
export function flatTable(bytes: Buffer, at: number): FlatTable {
  const layout = at - bytes.readInt32LE(at);
  return Array.from({ length: (bytes.readUInt16LE(layout) - 4) / 2 }, (_, field) => {
    const offset = bytes.readUInt16LE(layout + 4 + 2 * field);
    return offset === 0 ? null : at + offset;
  });
}

/** What an offset that is stored at a position leads to. */
export function follow(bytes: Buffer, at: number): number {
  return at + bytes.readUInt32LE(at);
}

export function flatNumber(bytes: Buffer, at: number | null | undefined): number {
  return at === null || at === undefined ? 0 : bytes.readUInt32LE(at);
}

export function flatString(bytes: Buffer, at: number): string {
  const start = follow(bytes, at);
  const end = start + 4 + bytes.readUInt32LE(start);
  if (end > bytes.length) throw new RangeError('a string reaches beyond the bytes');
  return bytes.toString('utf8', start + 4, end);
}

/** Positions of the elements of a vector of 32-bit values or offsets. */
export function flatVector(bytes: Buffer, at: number): number[] {
  const start = follow(bytes, at);
  const count = bytes.readUInt32LE(start);
  if (start + 4 + 4 * count > bytes.length) throw new RangeError('a vector reaches beyond the bytes');
  return Array.from({ length: count }, (_, i) => start + 4 + 4 * i);
}
