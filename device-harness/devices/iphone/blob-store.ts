import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { ExternalError } from '../../../models/contracts/errors.ts';
import { type BlobFile, CONTRACT_VERSION, layout, MOST_PART_BYTES, type PartManifest, partManifestSchema } from '../../runner/index.ts';
import type { IphoneLink } from './iphone-link.ts';

/** What is sent: bytes, a file, or a folder of files (a package). */
export type Blob = { readonly name: string } & ({ readonly bytes: Uint8Array } | { readonly path: string });

/** Parts are half as large as they may be; where a phone is too slow for that, they are halved again. */
const PART_BYTES = MOST_PART_BYTES / 2;
const LEAST_PART_BYTES = 1 << 18;
/** Of the driver, when a phone before iOS 18 takes longer for one packet than it waits. */
const TOO_SLOW = /within the 10000ms timeout/;

/** What a store asks of the way to a phone. */
export type BlobLink = Pick<IphoneLink, 'pull' | 'push'> & Partial<Pick<IphoneLink, 'mostPushBytes'>>;

/** Models and feeds on a phone, by content: what is there is not sent again. */
export class BlobStore {
  readonly #link: BlobLink;
  readonly #known = new Set<string>();
  #partBytes: number;
  #sent = 0;

  constructor(link: BlobLink) {
    this.#link = link;
    this.#partBytes = Math.min(PART_BYTES, link.mostPushBytes ?? PART_BYTES);
  }

  /** Bytes sent so far. */
  get sentBytes(): number {
    return this.#sent;
  }

  /** Brings a blob there; its hash, by which a batch names it. Throws UserError when the phone is full. */
  async put(blob: Blob, signal?: AbortSignal): Promise<string> {
    const { sha256, kind, files } = contentOf(blob);
    if (this.#known.has(sha256) || (await this.#isThere(sha256, signal))) {
      this.#known.add(sha256);
      return sha256;
    }
    const described: BlobFile[] = [];
    let next = 0;
    for (const { path, bytes, hash, read } of files) {
      const parts: { name: string; bytes: number }[] = [];
      for (let at = 0; at < bytes; ) {
        const name = `part-${String(next++).padStart(5, '0')}`;
        const sent = await this.#pushPart(layout.part(sha256, name), (most) => read(at, Math.min(most, bytes - at)), signal);
        parts.push({ name, bytes: sent });
        at += sent;
      }
      described.push({ path, bytes, sha256: hash, parts });
    }
    const manifest: PartManifest = { schema: CONTRACT_VERSION, sha256, kind, name: blob.name, files: described };
    await this.#link.push(layout.manifest(sha256), Buffer.from(JSON.stringify(partManifestSchema.parse(manifest))), signal);
    this.#known.add(sha256);
    return sha256;
  }

  /** The phone found it damaged and threw it away. */
  forget(sha256: string): void {
    this.#known.delete(sha256);
  }

  async #isThere(sha256: string, signal: AbortSignal | undefined): Promise<boolean> {
    return (await this.#link.pull(layout.manifest(sha256), signal)) !== null;
  }

  /** Bytes that were sent. */
  async #pushPart(path: string, read: (most: number) => Uint8Array, signal: AbortSignal | undefined): Promise<number> {
    for (;;) {
      const part = read(this.#partBytes);
      try {
        await this.#link.push(path, part, signal);
        this.#sent += part.length;
        return part.length;
      } catch (error) {
        if (!(error instanceof ExternalError) || !TOO_SLOW.test(error.output) || this.#partBytes <= LEAST_PART_BYTES) throw error;
        this.#partBytes /= 2;
      }
    }
  }
}

interface Content {
  readonly sha256: string;
  readonly kind: 'file' | 'package';
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly hash: string; readonly read: (at: number, count: number) => Uint8Array }[];
}

/** Hashes as the manifest defines them, which are those of `variantOf` and `folderVariantOf`. */
function contentOf(blob: Blob): Content {
  if ('bytes' in blob) {
    const { bytes, name } = blob;
    const hash = sha256Of(bytes);
    return { sha256: hash, kind: 'file', files: [{ path: name, bytes: bytes.length, hash, read: (at, count) => bytes.subarray(at, at + count) }] };
  }
  if (!statSync(blob.path).isDirectory()) {
    const file = fileOf(blob.path, blob.name);
    return { sha256: file.hash, kind: 'file', files: [file] };
  }
  const whole = createHash('sha256');
  const entries = readdirSync(blob.path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map(({ parentPath, name }) => join(parentPath, name)).sort().map((path) => fileOf(path, relative(blob.path, path).split(sep).join('/')));
  for (const { path } of files) whole.update(`${path}\0`).update(readFileSync(join(blob.path, path)));
  return { sha256: whole.digest('hex'), kind: 'package', files };
}

function fileOf(path: string, name: string): Content['files'][number] {
  return { path: name, bytes: statSync(path).size, hash: sha256Of(readFileSync(path)), read: (at, count) => readRange(path, at, count) };
}

function readRange(path: string, at: number, count: number): Uint8Array {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(count);
    if (readSync(fd, bytes, 0, count, at) !== count) throw new ExternalError(`${basename(path)} changed while it was sent.`, path, '');
    return bytes;
  } finally {
    closeSync(fd);
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
