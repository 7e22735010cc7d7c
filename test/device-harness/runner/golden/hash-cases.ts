import { createHash } from 'node:crypto';

/** Lengths at the edges of SHA-256's blocks: byte i of each message is (7 · i + length) mod 256. */
export function hashCases(): { length: number; sha256: string }[] {
  return [0, 1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 1000, 4096, 100_003].map((length) => {
    const bytes = Uint8Array.from({ length }, (_, i) => (7 * i + length) & 255);
    return { length, sha256: createHash('sha256').update(bytes).digest('hex') };
  });
}
