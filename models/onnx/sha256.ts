import { createHash } from 'node:crypto';
import { read as readCallback } from 'node:fs';
import { promisify } from 'node:util';
import { SourceFile } from './source-file.ts';

const BLOCK = 2 ** 20;
const read = promisify(readCallback);

/**
 * SHA-256 of a file's content, in hexadecimal. Reads in blocks: memory does not grow with the file. Throws UserError where there is no such
 * file.
 */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafeSlow(BLOCK);
  const { descriptor, release } = new SourceFile(path, 'File').acquire();
  try {
    for (;;) {
      const { bytesRead } = await read(descriptor, block, 0, BLOCK, null);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(block.subarray(0, bytesRead));
    }
  } finally {
    release();
  }
}
