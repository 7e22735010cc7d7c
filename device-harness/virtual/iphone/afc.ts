import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { AfcFiles, type AfcFilesOptions } from './afc-files.ts';
import { readAfcPacket, writeAfcPacket } from './afc-packet.ts';

export interface AfcOptions extends AfcFilesOptions {
  /** Null for as fast as it goes. */
  readonly bytesPerSecond: () => number | null;
}

/** Serves the files below a folder until the client goes. */
export async function serveAfc(stream: Duplex, options: AfcOptions): Promise<void> {
  const files = new AfcFiles(options);
  try {
    for (let packet = await readAfcPacket(stream); packet !== null; packet = await readAfcPacket(stream)) {
      await throttle(packet.data.length, options.bytesPerSecond());
      const answer = files.answer(packet);
      await throttle(answer.data.length, options.bytesPerSecond());
      writeAfcPacket(stream, { ...answer, number: packet.number });
    }
  } finally {
    files.close();
    stream.destroy();
  }
}

async function throttle(bytes: number, bytesPerSecond: number | null): Promise<void> {
  if (bytes > 0 && bytesPerSecond !== null) await sleep((1000 * bytes) / bytesPerSecond);
}
