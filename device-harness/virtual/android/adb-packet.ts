/** One message of the adb transport protocol (AOSP, packages/modules/adb/protocol.txt): six little-endian words, then the payload. */
export interface AdbPacket {
  readonly command: AdbCommand;
  readonly arg0: number;
  readonly arg1: number;
  readonly data: Buffer;
}

export type AdbCommand = 'CNXN' | 'AUTH' | 'OPEN' | 'OKAY' | 'WRTE' | 'CLSE';

const HEADER = 24;

/** Largest payload of one packet, as adbd of Android 9 and later says. */
export const MAX_PAYLOAD = 1 << 20;

/** Protocol version from which payloads carry no checksum. */
export const ADB_VERSION = 0x01000001;

export function encodePacket(command: AdbCommand, arg0: number, arg1: number, data: Buffer = Buffer.alloc(0)): Buffer {
  const packet = Buffer.alloc(HEADER + data.length);
  packet.write(command, 0, 'latin1');
  packet.writeUInt32LE(arg0, 4);
  packet.writeUInt32LE(arg1, 8);
  packet.writeUInt32LE(data.length, 12);
  packet.writeUInt32LE(~packet.readUInt32LE(0) >>> 0, 20);
  data.copy(packet, HEADER);
  return packet;
}

/** Cuts a byte stream into packets. Throws Error on what is none. */
export class PacketReader {
  #chunks: Buffer[] = [];
  #length = 0;

  *push(chunk: Buffer): Generator<AdbPacket> {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    while (this.#length >= HEADER) {
      const head = this.#peek(HEADER);
      if ((head.readUInt32LE(0) ^ head.readUInt32LE(20)) >>> 0 !== 0xffffffff) throw new Error('no adb packet: its magic is wrong');
      const size = head.readUInt32LE(12);
      if (size > MAX_PAYLOAD) throw new Error(`an adb packet of ${size} bytes is too large`);
      if (this.#length < HEADER + size) return;
      const whole = this.#take(HEADER + size);
      yield { command: whole.toString('latin1', 0, 4) as AdbCommand, arg0: whole.readUInt32LE(4), arg1: whole.readUInt32LE(8), data: whole.subarray(HEADER) };
    }
  }

  #peek(count: number): Buffer {
    const [first] = this.#chunks;
    if (first && first.length >= count) return first.subarray(0, count);
    this.#chunks = [Buffer.concat(this.#chunks, this.#length)];
    return (this.#chunks[0] as Buffer).subarray(0, count);
  }

  #take(count: number): Buffer {
    const parts: Buffer[] = [];
    for (let left = count; left > 0;) {
      const first = this.#chunks[0] as Buffer;
      if (first.length <= left) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(left);
      const part = first.length <= left ? first : first.subarray(0, left);
      parts.push(part);
      left -= part.length;
    }
    this.#length -= count;
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, count);
  }
}
