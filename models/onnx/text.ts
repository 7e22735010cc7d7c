/**
 * Strings that are not UTF-8, kept as Python keeps them (PEP 383): each byte that does not decode becomes U+DC80 … U+DCFF, which no valid
 * text holds, and turns into that byte again when written.
 */
export function decodeText(bytes: Uint8Array): string {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  if (!whole.includes('\uFFFD')) return whole;
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    text += length === 0 ? String.fromCharCode(0xdc00 + (bytes[at] as number)) : decoder.decode(bytes.subarray(at, at + length));
    at += length || 1;
  }
  return text;
}

/** The bytes of a string from `decodeText`. */
export function encodeText(text: string): Uint8Array {
  const pieces = text.split(ESCAPED).map((piece) => {
    const code = piece.charCodeAt(0);
    return piece.length === 1 && code >= 0xdc80 && code <= 0xdcff ? Buffer.from([code - 0xdc00]) : Buffer.from(piece, 'utf8');
  });
  return Buffer.concat(pieces);
}

/** True when the string holds bytes that are not UTF-8. */
export function isEscaped(text: string): boolean {
  return LOW_SURROGATE.test(text) && ESCAPED.test(text);
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const LOW_SURROGATE = /[\udc80-\udcff]/;
const ESCAPED = /(?<![\ud800-\udbff])([\udc80-\udcff])/;

/** Bytes of the well-formed UTF-8 sequence at `at` (Unicode 15, table 3-7); 0 where there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] as number;
  const row = SEQUENCES.find(({ from, to }) => lead >= from && lead <= to);
  if (!row) return 0;
  for (let i = 1; i < row.length; i++) {
    const next = bytes[at + i] ?? 0;
    const [lowest, highest] = i === 1 ? row.second : [0x80, 0xbf];
    if (next < lowest || next > highest) return 0;
  }
  return row.length;
}

/** Lead bytes, length, and the range of the second byte. */
const SEQUENCES: readonly { from: number; to: number; length: number; second: readonly [number, number] }[] = [
  { from: 0x00, to: 0x7f, length: 1, second: [0, 0] },
  { from: 0xc2, to: 0xdf, length: 2, second: [0x80, 0xbf] },
  { from: 0xe0, to: 0xe0, length: 3, second: [0xa0, 0xbf] },
  { from: 0xe1, to: 0xec, length: 3, second: [0x80, 0xbf] },
  { from: 0xed, to: 0xed, length: 3, second: [0x80, 0x9f] },
  { from: 0xee, to: 0xef, length: 3, second: [0x80, 0xbf] },
  { from: 0xf0, to: 0xf0, length: 4, second: [0x90, 0xbf] },
  { from: 0xf1, to: 0xf3, length: 4, second: [0x80, 0xbf] },
  { from: 0xf4, to: 0xf4, length: 4, second: [0x80, 0x8f] },
];
