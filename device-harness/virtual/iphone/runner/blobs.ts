import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { layout, type PartManifest, partManifestSchema } from '../../../runner/index.ts';
import { StepFailure } from './step-failure.ts';

/** Pushed parts put together, once for each blob: parts lie in Documents, what is made of them outside of it. */
export class Blobs {
  readonly #documents: string;
  readonly #caches: string;
  readonly #freeBytes: () => number;

  constructor(documents: string, caches: string, freeBytes: () => number) {
    this.#documents = documents;
    this.#caches = caches;
    this.#freeBytes = freeBytes;
  }

  /** Whether it was put together before. */
  has(sha256: string): boolean {
    return existsSync(join(this.#caches, 'blobs', sha256));
  }

  /**
   * Path of the file, or of the package; its parts are deleted then. Throws StepFailure where parts are missing or damaged (what is there is
   * deleted, so that it is sent again) and where they do not fit.
   */
  path(sha256: string): string {
    const manifest = this.#manifest(sha256);
    const folder = join(this.#caches, 'blobs', sha256);
    const place = join(folder, manifest.kind === 'package' ? manifest.name : (manifest.files[0] as { path: string }).path);
    if (existsSync(folder)) return place;
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    if (bytes > this.#freeBytes()) throw new StepFailure('disk', `${manifest.name} needs ${bytes} bytes; ${this.#freeBytes()} are free.`);
    try {
      this.#assemble(sha256, manifest, folder);
    } catch (error) {
      if (error instanceof StepFailure) rmSync(join(this.#documents, layout.blob(sha256)), { recursive: true, force: true });
      throw error;
    }
    for (const { parts } of manifest.files) for (const { name } of parts) rmSync(join(this.#documents, layout.part(sha256, name)));
    return place;
  }

  #assemble(sha256: string, manifest: PartManifest, folder: string): void {
    const work = `${folder}.${process.pid}`;
    rmSync(work, { recursive: true, force: true });
    const root = manifest.kind === 'package' ? join(work, manifest.name) : work;
    const whole = createHash('sha256');
    for (const file of manifest.files) {
      const content = Buffer.concat(file.parts.map((part) => this.#part(sha256, part)));
      if (content.length !== file.bytes || hashOf(content) !== file.sha256) throw new StepFailure('blob', `${file.path} did not arrive as it was sent.`);
      whole.update(manifest.kind === 'package' ? `${file.path}\0` : '').update(content);
      mkdirSync(dirname(join(root, file.path)), { recursive: true });
      writeFileSync(join(root, file.path), content);
    }
    if (whole.digest('hex') !== sha256) throw new StepFailure('blob', `${manifest.name} has another content than its name says.`);
    renameSync(work, folder);
  }

  #manifest(sha256: string): PartManifest {
    const path = join(this.#documents, layout.manifest(sha256));
    if (!existsSync(path)) throw new StepFailure('blob', `The phone has no blob ${sha256}.`);
    const read = partManifestSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    if (!read.success) throw new StepFailure('blob', `The manifest of ${sha256} cannot be read: ${read.error.message}`);
    return read.data;
  }

  #part(sha256: string, { name, bytes }: { readonly name: string; readonly bytes: number }): Buffer {
    const path = join(this.#documents, layout.part(sha256, name));
    const content = existsSync(path) ? readFileSync(path) : null;
    if (content?.length !== bytes) throw new StepFailure('blob', `${name} of ${sha256} is missing or cut short.`);
    return content;
  }
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
