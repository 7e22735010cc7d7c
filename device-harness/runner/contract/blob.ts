import { z } from 'zod';
import { count, MOST_PART_BYTES, schemaVersion, sha256, size } from './words.ts';

export const partSchema = z.strictObject({
  /** File beside the manifest, `part-00000` and on. */
  name: z.string().regex(/^part-\d{5}$/),
  bytes: size.max(MOST_PART_BYTES),
});

export const blobFileSchema = z.strictObject({
  /** Path inside a package with `/`, no `.` or `..`; of a single file its name. */
  path: z.string().refine(staysInside, 'leaves its folder'),
  bytes: count,
  sha256,
  /** In order; an empty file has none. */
  parts: z.array(partSchema),
});

/**
 * `blobs/<sha256>/manifest.json`: how a model, a feed or a picture was cut to travel. It is pushed after the last of its parts, so that
 * where it lies, everything lies. `sha256` of a `file` is that of its bytes; of a `package` the hash over its files in the order given
 * here: path, a zero byte, bytes (as `folderVariantOf` hashes).
 */
export const partManifestSchema = z.strictObject({
  schema: schemaVersion,
  sha256,
  kind: z.enum(['file', 'package']),
  /** For people, and for the extension: `net.mlpackage`. */
  name: z.string().min(1),
  files: z.array(blobFileSchema).min(1),
});

/** Whether a relative path with `/` names something below its folder. */
function staysInside(path: string): boolean {
  return !/[\0\\]/.test(path) && path.split('/').every((name) => name !== '' && name !== '.' && name !== '..');
}

export type PartManifest = z.infer<typeof partManifestSchema>;
export type BlobFile = z.infer<typeof blobFileSchema>;
