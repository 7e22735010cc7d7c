import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Duplex } from 'node:stream';
import { type MuxMessage, readMuxMessage, writeMuxMessage } from '../../devices/iphone/usb/frames.ts';
import { encodePlist } from '../../devices/iphone/usb/plist.ts';
import type { PlistDict } from '../../devices/iphone/usb/plist-value.ts';

/** A phone below the multiplexer. */
export interface MuxedPhone {
  readonly udid: string;
  /** Null until the owner trusts this computer. */
  pairRecord(): PlistDict | null;
  /** What listens on a port of the phone; null where nothing does. */
  listener(port: number): ((stream: Duplex) => void) | null;
}

const OK = 0;
const BAD_COMMAND = 1;
const BAD_DEVICE = 2;
const REFUSED = 3;

/** usbmuxd with virtual phones, on a socket of its own: clients find it by `USBMUXD_SOCKET_ADDRESS`. */
export class Usbmuxd {
  readonly path: string;
  readonly #buid: string;
  readonly #server: Server;
  readonly #phones = new Map<number, { readonly phone: MuxedPhone; readonly streams: Set<Socket> }>();
  /** Pair records lie on the computer: those of phones that are gone are there too. */
  readonly #known = new Map<string, MuxedPhone>();
  readonly #sockets = new Set<Socket>();
  readonly #listeners = new Set<Socket>();
  #next = 1;

  /** `path` is the socket's; systems allow about 100 bytes for it. */
  constructor(path: string, buid: string) {
    this.path = path;
    this.#buid = buid;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  async listen(): Promise<void> {
    mkdirSync(dirname(this.path), { recursive: true });
    rmSync(this.path, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.path, resolve);
    });
  }

  /** Plugs a phone in. */
  attach(phone: MuxedPhone): void {
    const id = this.#next++;
    this.#phones.set(id, { phone, streams: new Set() });
    this.#known.set(phone.udid, phone);
    for (const socket of this.#listeners) writeMuxMessage(socket, { tag: 0, payload: attached(id, phone) });
  }

  /** Pulls its cable: every connection to it ends. */
  detach(udid: string): void {
    for (const [id, { phone, streams }] of this.#phones) {
      if (phone.udid !== udid) continue;
      this.#phones.delete(id);
      for (const socket of streams) socket.destroy();
      for (const socket of this.#listeners) writeMuxMessage(socket, { tag: 0, payload: { MessageType: 'Detached', DeviceID: id } });
    }
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#listeners.delete(socket);
    });
    this.#converse(socket).catch(() => socket.destroy());
  }

  /** Answers until the connection becomes one to a phone. */
  async #converse(socket: Socket): Promise<void> {
    for (let message = await readMuxMessage(socket); message !== null; message = await readMuxMessage(socket)) {
      if (this.#answer(socket, message)) return;
    }
    socket.destroy();
  }

  #answer(socket: Socket, { tag, payload }: MuxMessage): boolean {
    const reply = (answer: PlistDict): void => writeMuxMessage(socket, { tag, payload: answer });
    const type = payload['MessageType'];
    if (type === 'ListDevices') reply({ DeviceList: [...this.#phones].map(([id, { phone }]) => attached(id, phone)) });
    else if (type === 'ReadBUID') reply({ BUID: this.#buid });
    else if (type === 'ReadPairRecord') reply(this.#pairRecord(String(payload['PairRecordID'])));
    else if (type === 'Listen') {
      reply(result(OK));
      this.#listeners.add(socket);
      for (const [id, { phone }] of this.#phones) writeMuxMessage(socket, { tag: 0, payload: attached(id, phone) });
    } else if (type === 'Connect') return this.#connect(socket, Number(payload['DeviceID']), Number(payload['PortNumber']), reply);
    else reply(result(BAD_COMMAND));
    return false;
  }

  #pairRecord(udid: string): PlistDict {
    const record = this.#known.get(udid)?.pairRecord();
    return record ? { PairRecordData: encodePlist(record) } : result(BAD_DEVICE);
  }

  /** Port numbers come in network byte order, as in the C structure that the protocol began with. */
  #connect(socket: Socket, id: number, swapped: number, reply: (answer: PlistDict) => void): boolean {
    const known = this.#phones.get(id);
    const serve = known?.phone.listener(((swapped & 0xff) << 8) | (swapped >> 8));
    reply(result(known ? (serve ? OK : REFUSED) : BAD_DEVICE));
    if (!known || !serve) return false;
    known.streams.add(socket);
    socket.once('close', () => known.streams.delete(socket));
    serve(socket);
    return true;
  }
}

function attached(id: number, { udid }: MuxedPhone): PlistDict {
  return {
    MessageType: 'Attached', DeviceID: id,
    Properties: { DeviceID: id, SerialNumber: udid, ConnectionType: 'USB', ConnectionSpeed: 480_000_000, LocationID: id << 20, ProductID: 4776, USBSerialNumber: udid.replace('-', '') },
  };
}

function result(code: number): PlistDict {
  return { MessageType: 'Result', Number: code };
}
