import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { QnnBackend } from '../../../../converters/qnn/artifact.ts';
import type { LoadedGraph } from './loaded-graph.ts';
import type { NativeTensors } from './onnx-binding.ts';
import type { Phone } from './phone.ts';

/**
 * Outputs for inputs, computed once for the same artifact, inputs, back end and chip: what a phone needs a millisecond for may take its emulator
 * a minute, and the second block of a measurement computes nothing new.
 */
export async function cachedOutputs(graph: LoadedGraph, backend: QnnBackend, natives: readonly NativeTensors[], { folder, chip }: Phone): Promise<NativeTensors[]> {
  const cache = join(folder, 'outputs');
  mkdirSync(cache, { recursive: true });
  const keys = natives.map((native) => keyOf([graph.sha256, backend, backend === 'htp' ? (chip?.chip ?? '') : ''], native));
  const missing = [...new Set(keys)].filter((key) => !existsSync(join(cache, key)));
  const computed = missing.length === 0 ? [] : await graph.compute(missing.map((key) => natives[keys.indexOf(key)] as NativeTensors));
  for (const [i, key] of missing.entries()) write(join(cache, key), graph, computed[i] as NativeTensors);
  return keys.map((key) => read(join(cache, key), graph));
}

function keyOf(words: readonly string[], native: NativeTensors): string {
  const hash = createHash('sha256').update(JSON.stringify(words));
  for (const [name, bytes] of native) hash.update(`\0${name}\0${bytes.length}\0`).update(bytes);
  return hash.digest('hex');
}

/** Outputs one after the other, in the order of the graph. */
function write(path: string, { outputs }: LoadedGraph, natives: NativeTensors): void {
  const parts = outputs.map(({ name }) => natives.get(name) as Uint8Array);
  const head = Buffer.from(`${JSON.stringify(parts.map((part) => part.length))}\n`);
  writeFileSync(`${path}.${process.pid}`, Buffer.concat([head, ...parts]));
  renameSync(`${path}.${process.pid}`, path);
}

function read(path: string, { outputs }: LoadedGraph): NativeTensors {
  const bytes = readFileSync(path);
  let at = bytes.indexOf(10) + 1;
  const sizes = JSON.parse(bytes.toString('latin1', 0, at)) as number[];
  return new Map(outputs.map(({ name }, i) => {
    const part = bytes.subarray(at, at + (sizes[i] as number));
    at += part.length;
    return [name, part];
  }));
}
