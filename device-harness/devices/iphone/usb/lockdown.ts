import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { ExternalError } from '../../../../models/contracts/errors.ts';
import { readPlist, writePlist } from './frames.ts';
import type { Plist, PlistDict } from './plist-value.ts';
import type { AttachedPhone, Usbmux } from './usbmux.ts';

const LOCKDOWN_PORT = 62078;
const LABEL = 'npu-dyno';
const ANSWER_MS = 10_000;

/** A phone refused a request, in its own word: `PasswordProtected`, `PairingDialogResponsePending`, `InvalidHostID`, … */
export class LockdownRefusal extends ExternalError {
  readonly word: string;

  constructor(word: string, request: string) {
    super(`The phone refused ${request}: ${word}.`, request, word, ['dyno doctor iphone says what the phone needs.']);
    this.word = word;
  }
}

/** The daemon of an iPhone that says what the phone is and starts its services. */
export class Lockdown {
  readonly #mux: Usbmux;
  readonly #phone: AttachedPhone;
  #stream: Duplex;
  #keys: { readonly key: Buffer; readonly cert: Buffer } | null = null;

  private constructor(mux: Usbmux, phone: AttachedPhone, stream: Duplex) {
    this.#mux = mux;
    this.#phone = phone;
    this.#stream = stream;
  }

  /** Without a session: a few values only. */
  static async open(mux: Usbmux, phone: AttachedPhone): Promise<Lockdown> {
    return new Lockdown(mux, phone, await mux.connect(phone, LOCKDOWN_PORT));
  }

  /** Proves by the pair record that the phone trusts this computer. Throws LockdownRefusal where it does not. */
  async startSession(pairRecord: PlistDict): Promise<void> {
    const { HostID, SystemBUID, HostPrivateKey: key, HostCertificate: cert } = pairRecord;
    const answer = await this.#ask({ Request: 'StartSession', HostID: HostID ?? '', SystemBUID: SystemBUID ?? '' });
    if (!Buffer.isBuffer(key) || !Buffer.isBuffer(cert)) throw new LockdownRefusal('the pair record has no keys', 'StartSession');
    this.#keys = { key, cert };
    if (answer['EnableSessionSSL'] === true) this.#stream = secured(this.#stream, this.#keys);
  }

  /** One value, or all of a domain; null where the phone has none or does not tell. */
  async value(domain: string | null, key: string | null): Promise<Plist | null> {
    try {
      return (await this.#ask({ Request: 'GetValue', ...(domain === null ? {} : { Domain: domain }), ...(key === null ? {} : { Key: key }) }))['Value'] ?? null;
    } catch (error) {
      if (error instanceof LockdownRefusal) return null;
      throw error;
    }
  }

  /** A stream to a service of the phone. Throws LockdownRefusal where it is not started. */
  async service(name: string): Promise<Duplex> {
    const { Port: port, EnableServiceSSL: ssl } = await this.#ask({ Request: 'StartService', Service: name });
    const stream = await this.#mux.connect(this.#phone, Number(port));
    return ssl === true && this.#keys !== null ? secured(stream, this.#keys) : stream;
  }

  close(): void {
    this.#stream.destroy();
  }

  async #ask(request: { readonly Request: string } & PlistDict): Promise<PlistDict> {
    const answer = await askPlist(this.#stream, { Label: LABEL, ...request });
    const { Error: word } = answer;
    if (typeof word === 'string') throw new LockdownRefusal(word, request.Request);
    return answer;
  }
}

/** One question and one answer. Throws ExternalError when none comes. */
export async function askPlist(stream: Duplex, request: PlistDict): Promise<PlistDict> {
  const what = String(request['Request'] ?? request['Command']);
  const timer = setTimeout(() => stream.destroy(), ANSWER_MS);
  try {
    writePlist(stream, request);
    const answer = await readPlist(stream);
    if (answer === null) throw new ExternalError(`The phone gave no answer to ${what}.`, what, '', ['Check the cable, then run the same command again.']);
    return answer;
  } finally {
    clearTimeout(timer);
  }
}

function secured(stream: Duplex, keys: { readonly key: Buffer; readonly cert: Buffer }): Duplex {
  const socket = connectTls({ socket: stream, ...keys, rejectUnauthorized: false });
  socket.on('error', () => socket.destroy());
  return socket;
}
