import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { writeTar } from '../../../../device-harness/pack/tar.ts';
import { type BatchSpec, layout, type PartManifest } from '../../../../device-harness/runner/index.ts';

/** A batch over one package without inputs, as a bundle: a tar archive of what a host would push. */
export async function bundleArchive(): Promise<Buffer> {
  const bytes = Buffer.from('not really a model');
  const sha256 = createHash('sha256').update('Manifest.json\0').update(bytes).digest('hex');
  const parts = [{ name: 'part-00000', bytes: 10 }, { name: 'part-00001', bytes: 8 }];
  const manifest: PartManifest = {
    schema: 1, sha256, kind: 'package', name: 'net.mlpackage', files: [{ path: 'Manifest.json', bytes: 18, sha256: createHash('sha256').update(bytes).digest('hex'), parts }],
  };
  const batch: BatchSpec = {
    schema: 1, id: 'carried', models: [{ id: 'net', blob: sha256, function: null, feeds: [] }], steps: [{ type: 'block', id: 'b0', model: 'net', unit: 'ane', round: 0, order: 0, outputs: 'none' }],
    warmUp: { minRuns: 6, minMs: 0, maxMs: 100, tolerance: 0.04 }, timed: { minRuns: 3, minMs: 0, maxRuns: 3, maxMs: 100 },
    coolDown: { gate: 'nominal', maxWaitMs: 0, totalWaitMs: 0, pollMs: 100 }, attempts: 1, stepsPerLaunch: null, heartbeatSeconds: 60,
  };
  return tarOf([
    { name: layout.spec('carried'), content: Buffer.from(JSON.stringify(batch)) },
    { name: layout.plan('carried'), content: Buffer.from('{}') },
    { name: layout.manifest(sha256), content: Buffer.from(JSON.stringify(manifest)) },
    { name: layout.part(sha256, 'part-00000'), content: bytes.subarray(0, 10) },
    { name: layout.part(sha256, 'part-00001'), content: bytes.subarray(10) },
  ]);
}

async function tarOf(entries: Parameters<typeof writeTar>[1]): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-golden-'));
  try {
    await writeTar(join(folder, 'bundle.tar.gz'), entries);
    return gunzipSync(readFileSync(join(folder, 'bundle.tar.gz')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
