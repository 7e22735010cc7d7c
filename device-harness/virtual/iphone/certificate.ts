import { type KeyObject, randomBytes, sign } from 'node:crypto';

/** OIDs, encoded: ecdsa-with-SHA256 (RFC 5758) and commonName (X.520). */
const ECDSA_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');
const COMMON_NAME = Buffer.from('0603550403', 'hex');

/** A certificate (X.509 version 1, RFC 5280 §4.1) of an elliptic-curve key that signs itself, valid from 2000 to 2049; in PEM. */
export function selfSigned(name: string, publicKey: KeyObject, privateKey: KeyObject): string {
  const algorithm = sequence(ECDSA_SHA256);
  const subject = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(name)))));
  const validity = sequence(der(0x17, Buffer.from('000101000000Z')), der(0x17, Buffer.from('491231235959Z')));
  const serial = der(0x02, Buffer.concat([Buffer.of(1), randomBytes(15)]));
  const body = sequence(serial, algorithm, subject, validity, subject, publicKey.export({ type: 'spki', format: 'der' }));
  const signature = der(0x03, Buffer.concat([Buffer.of(0), sign('sha256', body, privateKey)]));
  const base64 = sequence(body, algorithm, signature).toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

/** Tag, length, content (X.690 §8.1); lengths up to 65,535. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head = length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}
