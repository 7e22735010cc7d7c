import type { Duplex } from 'node:stream';
import { encodePlist, parseDict } from './plist.ts';
import type { PlistDict } from './plist-value.ts';
import { readExactly } from './read-exactly.ts';

/** Most bytes that one property list may have: nothing that is asked or answered here is near it. */
const MOST_BYTES = 16 << 20;
const MUX_HEADER = 16;
const MUX_VERSION = 1;
const MUX_PLIST = 8;

/** A message of usbmuxd: its header is four little-endian words, length (of all), version, type, and the tag that an answer repeats. */
export interface MuxMessage {
  readonly tag: number;
  readonly payload: PlistDict;
}

export function writeMuxMessage(stream: Duplex, { tag, payload }: MuxMessage): void {
  const body = encodePlist(payload);
  const head = Buffer.alloc(MUX_HEADER);
  head.writeUInt32LE(MUX_HEADER + body.length, 0);
  head.writeUInt32LE(MUX_VERSION, 4);
  head.writeUInt32LE(MUX_PLIST, 8);
  head.writeUInt32LE(tag, 12);
  stream.write(Buffer.concat([head, body]));
}

/** The next message, or null when the other side is gone. Throws Error for what is no message. */
export async function readMuxMessage(stream: Duplex): Promise<MuxMessage | null> {
  const head = await readExactly(stream, MUX_HEADER);
  if (head === null) return null;
  if (head.readUInt32LE(8) !== MUX_PLIST) throw new Error('a message of usbmuxd is no property list');
  const body = await readBody(stream, head.readUInt32LE(0) - MUX_HEADER);
  return body && { tag: head.readUInt32LE(12), payload: body };
}

/** A property list of lockdownd and of most services: its length comes before it, in four big-endian bytes. */
export function writePlist(stream: Duplex, payload: PlistDict): void {
  const body = encodePlist(payload);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  stream.write(Buffer.concat([head, body]));
}

/** The next one, or null when the other side is gone. Throws Error for what is none. */
export async function readPlist(stream: Duplex): Promise<PlistDict | null> {
  const head = await readExactly(stream, 4);
  return head && readBody(stream, head.readUInt32BE(0));
}

async function readBody(stream: Duplex, length: number): Promise<PlistDict | null> {
  if (length < 0 || length > MOST_BYTES) throw new Error(`a property list of ${length} bytes is too large`);
  const body = await readExactly(stream, length);
  return body && parseDict(body);
}
