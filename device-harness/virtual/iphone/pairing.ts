import { generateKeyPairSync, randomUUID, X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';
import type { PlistDict } from '../../devices/iphone/usb/plist-value.ts';
import { selfSigned } from './certificate.ts';

interface Identity {
  readonly key: string;
  readonly cert: string;
}

/** What a phone and a computer exchange when the owner presses "Trust": identities of both, and the ids that sessions name. */
export class Pairing {
  readonly hostId = randomUUID().toUpperCase();
  readonly systemBuid = randomUUID().toUpperCase();
  readonly #host = identity('npu-dyno host');
  readonly #device = identity('npu-dyno phone');

  /** As usbmuxd keeps it. Certificates of real ones are chained to a root of the host; no client looks at that. */
  record(): PlistDict {
    return {
      HostID: this.hostId, SystemBUID: this.systemBuid, HostCertificate: Buffer.from(this.#host.cert), HostPrivateKey: Buffer.from(this.#host.key),
      DeviceCertificate: Buffer.from(this.#device.cert), RootCertificate: Buffer.from(this.#host.cert), RootPrivateKey: Buffer.from(this.#host.key), WiFiMACAddress: '02:00:00:00:00:00',
    };
  }

  /** The phone's side of TLS on a stream. A host that shows another certificate than the paired one is cut off. */
  secure(stream: Duplex): TLSSocket {
    const socket = new TLSSocket(stream as never, { isServer: true, requestCert: true, rejectUnauthorized: false, key: this.#device.key, cert: this.#device.cert });
    const expected = new X509Certificate(this.#host.cert).fingerprint256;
    socket.once('secure', () => {
      if (socket.getPeerX509Certificate()?.fingerprint256 !== expected) socket.destroy();
    });
    socket.on('error', () => socket.destroy());
    return socket;
  }
}

function identity(name: string): Identity {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, cert: selfSigned(name, publicKey, privateKey) };
}
