import type { Duplex } from 'node:stream';
import { readExactly } from '../../devices/iphone/usb/read-exactly.ts';

/** A packet of Apple File Connection: magic, three lengths and a number of 8 bytes each, an operation, its arguments, and data behind them. */
export interface AfcPacket {
  readonly number: number;
  readonly operation: number;
  readonly head: Buffer;
  readonly data: Buffer;
}

/** Operations by number, those that a virtual phone knows (libimobiledevice, afc.h). */
export const AFC = {
  status: 0x01, data: 0x02, readDir: 0x03, truncate: 0x07, removePath: 0x08, makeDir: 0x09, fileInfo: 0x0a, deviceInfo: 0x0b, open: 0x0d, openResult: 0x0e, read: 0x0f, write: 0x10,
  seek: 0x11, tell: 0x12, tellResult: 0x13, close: 0x14, setSize: 0x15, rename: 0x18, setTime: 0x1e, removeAll: 0x22,
} as const;

/** Answers to an operation that has no other. */
export const AFC_STATUS = {
  success: 0, unknown: 1, unknownPacket: 6, invalidArgument: 7, notFound: 8, isDirectory: 9, denied: 10, exists: 16, noSpace: 18, notEmpty: 33,
} as const;

const MAGIC = Buffer.from('CFA6LPAA');
const HEADER = 40;
const MOST_BYTES = 512 << 20;

/** The next packet, or null when the client is gone. Throws Error for what is none. */
export async function readAfcPacket(stream: Duplex): Promise<AfcPacket | null> {
  const header = await readExactly(stream, HEADER);
  if (header === null) return null;
  const [whole, own] = [Number(header.readBigUInt64LE(8)), Number(header.readBigUInt64LE(16))];
  if (!header.subarray(0, 8).equals(MAGIC) || own < HEADER || whole < own || whole > MOST_BYTES) throw new Error('no AFC packet');
  const body = await readExactly(stream, whole - HEADER);
  return body && { number: Number(header.readBigUInt64LE(24)), operation: Number(header.readBigUInt64LE(32)), head: body.subarray(0, own - HEADER), data: body.subarray(own - HEADER) };
}

export function writeAfcPacket(stream: Duplex, { number, operation, head, data }: AfcPacket): void {
  const header = Buffer.alloc(HEADER);
  MAGIC.copy(header);
  for (const [i, value] of [HEADER + head.length + data.length, HEADER + head.length, number, operation].entries()) header.writeBigUInt64LE(BigInt(value), 8 + 8 * i);
  stream.write(Buffer.concat([header, head, data]));
}
