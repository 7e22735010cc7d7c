import { MAX_PAYLOAD } from './adb-packet.ts';

/** One direction-free channel between the adb client and a service of the phone. */
export interface AdbStream {
  /** Sends bytes; resolves when the client took all of them. */
  write(data: Buffer): Promise<void>;
  /** Ends the stream from the phone's side, after what was written. */
  end(): Promise<void>;
  /** The next bytes from the client; null when it closed. Reading acknowledges them. */
  read(): Promise<Buffer | null>;
  /** Exactly so many bytes, or null when the client closed before. */
  readExactly(count: number): Promise<Buffer | null>;
}

/** What the transport does for a stream. */
export interface StreamTransport {
  send(data: Buffer): void;
  acknowledge(): void;
  close(): void;
}

/** A stream without delayed acknowledgement: one packet is on its way at a time, in each direction. */
export class QueuedStream implements AdbStream {
  readonly #transport: StreamTransport;
  readonly #received: Buffer[] = [];
  #left: Buffer = Buffer.alloc(0);
  #closed = false;
  #wakeReader: () => void = () => undefined;
  #wakeWriter: () => void = () => undefined;
  #writes: Promise<void> = Promise.resolve();

  constructor(transport: StreamTransport) {
    this.#transport = transport;
  }

  /** The client sent bytes. */
  receive(data: Buffer): void {
    this.#received.push(data);
    this.#wakeReader();
  }

  /** The client took the last packet. */
  acknowledged(): void {
    this.#wakeWriter();
  }

  /** The client, or the transport below it, is gone. */
  gone(): void {
    this.#closed = true;
    this.#wakeReader();
    this.#wakeWriter();
  }

  get closed(): boolean {
    return this.#closed;
  }

  write(data: Buffer): Promise<void> {
    this.#writes = this.#writes.then(async () => {
      for (let at = 0; at < data.length && !this.#closed; at += MAX_PAYLOAD) {
        const taken = new Promise<void>((resolve) => { this.#wakeWriter = resolve; });
        this.#transport.send(data.subarray(at, at + MAX_PAYLOAD));
        await taken;
      }
    });
    return this.#writes;
  }

  async end(): Promise<void> {
    await this.#writes;
    if (this.#closed) return;
    this.#closed = true;
    this.#transport.close();
  }

  async read(): Promise<Buffer | null> {
    if (this.#left.length > 0) {
      const rest = this.#left;
      this.#left = Buffer.alloc(0);
      return rest;
    }
    while (this.#received.length === 0) {
      if (this.#closed) return null;
      await new Promise<void>((resolve) => { this.#wakeReader = resolve; });
    }
    this.#transport.acknowledge();
    return this.#received.shift() as Buffer;
  }

  async readExactly(count: number): Promise<Buffer | null> {
    if (count === 0) return Buffer.alloc(0);
    const parts: Buffer[] = [];
    let length = 0;
    while (length < count) {
      const next = await this.read();
      if (next === null) return null;
      parts.push(next);
      length += next.length;
    }
    const all = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, length);
    this.#left = all.subarray(count);
    return all.subarray(0, count);
  }
}
