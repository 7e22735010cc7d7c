import { createServer, type Server, type Socket } from 'node:net';
import { ADB_VERSION, type AdbPacket, encodePacket, MAX_PAYLOAD, PacketReader } from './adb-packet.ts';
import { type AdbStream, QueuedStream } from './adb-stream.ts';

export interface AdbdOptions {
  /** What the phone says of itself when a client connects: `device::ro.product.name=…;features=shell_v2`. */
  readonly banner: string;
  /** Serves what the client asks for by name, e.g. `shell,v2,raw:ls` or `sync:`. False where there is no such service. */
  readonly serve: (service: string, stream: AdbStream) => boolean;
  /** `unauthorized`: asks for a key and takes none, as a phone does whose owner has not pressed "Allow". */
  readonly state?: () => 'device' | 'unauthorized';
  /** Bytes per second that the link carries; null for as fast as it goes. */
  readonly bytesPerSecond?: () => number | null;
  /** Told of bytes that arrive; false where the cable is pulled before them. */
  readonly carries?: (bytes: number) => boolean;
}

/** A phone's adb daemon on a TCP port of 127.0.0.1, below any real adb: `adb connect 127.0.0.1:PORT`. */
export class Adbd {
  readonly #options: AdbdOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  constructor(options: AdbdOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#connect(socket));
  }

  get port(): number {
    return this.#port;
  }

  /** Listens; on the port that it had before, if any. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (this.#server.address() as { port: number }).port;
  }

  /** The cable is pulled. `listen` plugs it in again. */
  async unplug(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #connect(socket: Socket): void {
    this.#sockets.add(socket);
    const connection = new Connection(socket, this.#options);
    const reader = new PacketReader();
    let work: Promise<void> = Promise.resolve();
    socket.on('data', (chunk) => {
      if (this.#options.carries?.(chunk.length) === false) return void this.unplug();
      socket.pause();
      work = work.then(async () => {
        await throttle(chunk.length, this.#options.bytesPerSecond?.() ?? null);
        for (const packet of reader.push(chunk)) connection.receive(packet);
        socket.resume();
      }).catch(() => void socket.destroy());
    });
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      this.#sockets.delete(socket);
      connection.gone();
    });
  }
}

class Connection {
  readonly #socket: Socket;
  readonly #options: AdbdOptions;
  readonly #streams = new Map<number, { readonly stream: QueuedStream; readonly remote: number }>();
  #next = 1;
  #open = false;

  constructor(socket: Socket, options: AdbdOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  receive({ command, arg0, arg1, data }: AdbPacket): void {
    if (command === 'CNXN' || command === 'AUTH') this.#greet();
    else if (!this.#open) this.#socket.destroy();
    else if (command === 'OPEN') this.#openStream(arg0, data.toString('utf8').replace(/\0$/, ''));
    else {
      const known = this.#streams.get(arg1);
      if (command === 'WRTE' && known) known.stream.receive(data);
      else if (command === 'OKAY' && known) known.stream.acknowledged();
      else if (command === 'CLSE' && known) this.#forget(arg1, true);
    }
  }

  gone(): void {
    for (const { stream } of this.#streams.values()) stream.gone();
    this.#streams.clear();
  }

  #greet(): void {
    if (this.#options.state?.() === 'unauthorized') {
      this.#send(encodePacket('AUTH', 1, 0, Buffer.alloc(20, 7)));
      return;
    }
    this.#open = true;
    this.#send(encodePacket('CNXN', ADB_VERSION, MAX_PAYLOAD, Buffer.from(this.#options.banner)));
  }

  #openStream(remote: number, service: string): void {
    const local = this.#next++;
    const stream = new QueuedStream({
      send: (data) => this.#send(encodePacket('WRTE', local, remote, data)),
      acknowledge: () => this.#send(encodePacket('OKAY', local, remote)),
      close: () => this.#forget(local, false),
    });
    this.#streams.set(local, { stream, remote });
    this.#send(encodePacket('OKAY', local, remote));
    if (!this.#options.serve(service, stream)) this.#forget(local, true);
  }

  #forget(local: number, tell: boolean): void {
    const known = this.#streams.get(local);
    if (!known) return;
    this.#streams.delete(local);
    if (tell) known.stream.gone();
    this.#send(encodePacket('CLSE', local, known.remote));
  }

  #send(packet: Buffer): void {
    if (this.#socket.writable) this.#socket.write(packet);
  }
}

async function throttle(bytes: number, bytesPerSecond: number | null): Promise<void> {
  if (bytesPerSecond !== null) await new Promise((resolve) => setTimeout(resolve, (1000 * bytes) / bytesPerSecond));
}
