import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Version of the ONNX Runtime that the host executor uses, without loading it. */
export function onnxRuntimeVersion(): string {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
  const manifest = JSON.parse(readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}
