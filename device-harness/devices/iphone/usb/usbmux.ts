import { connect as connectSocket, type Socket } from 'node:net';
import { ExternalError } from '../../../../models/contracts/errors.ts';
import { readMuxMessage, writeMuxMessage } from './frames.ts';
import { parseDict } from './plist.ts';
import { isDict, type PlistDict } from './plist-value.ts';

/** An iPhone that usbmuxd sees. */
export interface AttachedPhone {
  /** What usbmuxd numbers it as while it is attached. */
  readonly id: number;
  readonly udid: string;
  readonly via: 'USB' | 'Network';
}

/** Number that usbmuxd answers when nothing listens on the phone's port. */
const REFUSED = 3;
const CLIENT = { ClientVersionString: 'npu-dyno', ProgName: 'npu-dyno', kLibUSBMuxVersion: 3 };
const ANSWER_MS = 10_000;

/**
 * The multiplexer that owns the USB connections to iPhones: part of macOS, of Apple's drivers on Windows, and a package (usbmuxd) on Linux.
 * `USBMUXD_SOCKET_ADDRESS` says where it listens, as for every other client.
 */
export class Usbmux {
  readonly #address: string;

  constructor(environment: NodeJS.ProcessEnv = process.env) {
    this.#address = environment['USBMUXD_SOCKET_ADDRESS']?.replace(/^unix:/i, '') || (process.platform === 'win32' ? '127.0.0.1:27015' : '/var/run/usbmuxd');
  }

  /** Null where no usbmuxd runs. Throws ExternalError when it answers something else. */
  async devices(): Promise<readonly AttachedPhone[] | null> {
    const socket = await this.#open().catch(() => null);
    if (socket === null) return null;
    const { DeviceList: list } = await this.#ask(socket, { MessageType: 'ListDevices' });
    socket.destroy();
    if (!Array.isArray(list)) throw this.#failure('did not list its devices');
    const phones = list.flatMap((entry): AttachedPhone[] => {
      const properties = isDict(entry) && isDict(entry['Properties']) ? entry['Properties'] : {};
      const { DeviceID: id, SerialNumber: udid, ConnectionType: via } = properties;
      return typeof id === 'number' && typeof udid === 'string' ? [{ id, udid: canonicalUdid(udid), via: via === 'Network' ? 'Network' : 'USB' }] : [];
    });
    return phones.filter(({ udid, via }) => via === 'USB' || !phones.some((other) => other.udid === udid && other.via === 'USB'));
  }

  /** Keys that this computer and the phone exchanged when its owner trusted it; null where that never happened. */
  async pairRecord(udid: string): Promise<PlistDict | null> {
    const socket = await this.#open();
    const { PairRecordData: data } = await this.#ask(socket, { MessageType: 'ReadPairRecord', PairRecordID: udid });
    socket.destroy();
    return Buffer.isBuffer(data) ? parseDict(data) : null;
  }

  /** A connection to a port of the phone. Throws ExternalError where nothing listens there, or the phone is gone. */
  async connect(phone: AttachedPhone, port: number): Promise<Socket> {
    const socket = await this.#open();
    const { Number: code } = await this.#ask(socket, { MessageType: 'Connect', DeviceID: phone.id, PortNumber: ((port & 0xff) << 8) | (port >> 8) });
    if (code === 0) return socket;
    socket.destroy();
    throw this.#failure(code === REFUSED ? `found nothing that listens on port ${port} of ${phone.udid}` : `does not reach ${phone.udid} (code ${String(code)})`);
  }

  #open(): Promise<Socket> {
    const [, host, port] = /^([^/:]+):(\d+)$/.exec(this.#address) ?? [];
    return new Promise((resolve, reject) => {
      const socket = host === undefined ? connectSocket(this.#address) : connectSocket(Number(port), host);
      socket.once('error', (error) => reject(this.#failure(`cannot be reached: ${error.message}`)));
      socket.once('connect', () => {
        socket.on('error', () => socket.destroy());
        resolve(socket);
      });
    });
  }

  async #ask(socket: Socket, request: PlistDict): Promise<PlistDict> {
    const timer = setTimeout(() => socket.destroy(), ANSWER_MS);
    try {
      writeMuxMessage(socket, { tag: 1, payload: { ...CLIENT, ...request } });
      const answer = await readMuxMessage(socket);
      if (answer === null) throw this.#failure(`gave no answer to ${String(request['MessageType'])}`);
      return answer.payload;
    } finally {
      clearTimeout(timer);
    }
  }

  #failure(what: string): ExternalError {
    return new ExternalError(`usbmuxd ${what}.`, this.#address, '', ['dyno doctor iphone looks for the cause.']);
  }
}

/** Phones since 2018 have 24 digits with a dash after the eighth, which some versions of usbmuxd leave out. */
function canonicalUdid(udid: string): string {
  return /^[0-9A-F]{24}$/i.test(udid) ? `${udid.slice(0, 8)}-${udid.slice(8)}` : udid;
}
