import type { Readable } from 'node:stream';

/** Exactly so many bytes from a stream that nothing else reads, or null when it ended before. */
export async function readExactly(stream: Readable, count: number): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let missing = count;
  while (missing > 0) {
    const part = stream.readableLength > 0 ? (stream.read(Math.min(missing, stream.readableLength)) as Buffer | null) : null;
    if (part !== null) {
      parts.push(part);
      missing -= part.length;
    } else if (stream.readableEnded || stream.destroyed) return null;
    else await readableOrGone(stream);
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, count);
}

const EVENTS = ['readable', 'end', 'close', 'error'] as const;

function readableOrGone(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of EVENTS) stream.off(event, done);
      resolve();
    };
    for (const event of EVENTS) stream.on(event, done);
  });
}
