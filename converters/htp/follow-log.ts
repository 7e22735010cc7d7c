import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { type CompileLog, CompileLogReader } from './read-log.ts';

const CHUNK = 2 ** 18;
const EVERY_MS = 25;

/** A log that is read while the compiler writes it, so that little is left to read when it is done: logs grow to many megabytes. */
export interface FollowedLog {
  /** Reads what is left, and closes the file. */
  finish(): CompileLog;
}

/** Begins a new log file at `path`, which the compiler then writes into. */
export function followLog(path: string): FollowedLog {
  const file = openSync(path, 'w+');
  const [reader, decoder, buffer] = [new CompileLogReader(), new StringDecoder('utf8'), Buffer.allocUnsafe(CHUNK)];
  let [position, rest] = [0, ''];
  const readChunk = (): boolean => {
    const length = readSync(file, buffer, 0, CHUNK, position);
    const lines = (rest + decoder.write(buffer.subarray(0, length))).split(/\r?\n/);
    position += length;
    rest = lines.pop() as string;
    for (const line of lines) reader.line(line);
    return length > 0;
  };
  const timer = setInterval(readChunk, EVERY_MS).unref();
  return {
    finish: () => {
      clearInterval(timer);
      try {
        while (readChunk());
      } finally {
        closeSync(file);
      }
      reader.line(rest);
      return reader.finish();
    },
  };
}
