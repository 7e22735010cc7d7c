import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, gunzipSync } from 'node:zlib';
import { UserError } from '../../models/contracts/errors.ts';

/** A file of an archive: its content, or the file that has it. */
export interface TarEntry {
  /** With forward slashes, at most 100 bytes of ASCII. */
  readonly name: string;
  readonly content: Uint8Array | { readonly path: string };
  readonly executable?: boolean;
}

const BLOCK = 512;
const NAME_BYTES = 100;

/** Writes a gzipped tar archive (POSIX.1-1988, ustar) of plain files, in little memory whatever their size. The same entries give the same bytes. */
export async function writeTar(path: string, entries: readonly TarEntry[]): Promise<void> {
  await pipeline(Readable.from(blocks(entries)), createGzip({ level: 6 }), createWriteStream(path));
}

/** The same, not compressed. */
export async function writePlainTar(path: string, entries: readonly TarEntry[]): Promise<void> {
  await pipeline(Readable.from(blocks(entries)), createWriteStream(path));
}

async function* blocks(entries: readonly TarEntry[]): AsyncGenerator<Uint8Array> {
  for (const { name, content, executable } of entries) {
    const size = content instanceof Uint8Array ? content.length : (await stat(content.path)).size;
    yield header(name, size, executable === true);
    if (content instanceof Uint8Array) yield content;
    else for await (const chunk of createReadStream(content.path)) yield chunk as Buffer;
    yield Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
  }
  yield Buffer.alloc(2 * BLOCK);
}

/** Offsets of the fields as POSIX.1-1988 has them. */
function header(name: string, size: number, executable: boolean): Buffer {
  if (!/^[\x21-\x7e]+$/.test(name) || name.length > NAME_BYTES) throw new UserError(`"${name}" cannot stand in an archive: at most ${NAME_BYTES} plain letters.`, ['Give the model a shorter name.']);
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number): void => { block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1'); };
  block.write(name, 0, 'latin1');
  octal(executable ? 0o755 : 0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.fill(' ', 148, 156);
  block.write('0', 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  octal(block.reduce((sum, byte) => sum + byte, 0), 148, 7);
  return block;
}

/** Files of a gzipped tar archive, by name without a leading `./`. Throws UserError for anything else and for one that is cut off. */
export function readTar(path: string): ReadonlyMap<string, Uint8Array> {
  const bytes = unpacked(path);
  const files = new Map<string, Uint8Array>();
  let longName: string | null = null;
  for (let at = 0; ; ) {
    if (at + BLOCK > bytes.length) throw cutOff(path);
    const block = bytes.subarray(at, at + BLOCK);
    if (block.every((byte) => byte === 0)) return files;
    const size = Number.parseInt(text(block, 124, 12), 8);
    const from = at + BLOCK;
    if (!Number.isInteger(size) || from + size > bytes.length) throw cutOff(path);
    const type = String.fromCharCode(block[156] as number);
    const content = bytes.subarray(from, from + size);
    const prefix = text(block, 257, 5) === 'ustar' ? text(block, 345, 155) : '';
    const name = longName ?? `${prefix === '' ? '' : `${prefix}/`}${text(block, 0, NAME_BYTES)}`;
    longName = type === 'L' ? Buffer.from(content).toString('utf8').replace(/\0.*$/s, '') : null;
    if (type === '0' || type === '\0') files.set(name.replace(/^\.\//, ''), content);
    at = from + size + ((BLOCK - (size % BLOCK)) % BLOCK);
  }
}

function unpacked(path: string): Buffer {
  try {
    return gunzipSync(readFileSync(path));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UserError(`${path} cannot be read as an archive: ${code === 'ENOENT' ? 'there is no such file' : message}.`, ['Name the results as they came back, whole: results.tar.gz of run.sh, or ID-results.tar.gz of the runner app.'], { cause: error });
  }
}

function cutOff(path: string): UserError {
  return new UserError(`${path} is cut off.`, ['Copy it again from the machine that made it.']);
}

function text(block: Uint8Array, at: number, length: number): string {
  return Buffer.from(block.subarray(at, at + length)).toString('latin1').replace(/\0.*$/s, '').trim();
}
