import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DType } from '../../../../models/contracts/dtype.ts';
import { sha256File } from '../../../../models/onnx/sha256.ts';
import type { GraphModel, Operation } from './operation.ts';
import type { Phone } from './phone.ts';

/** The same as `readGraphModel`, kept by content: loading the reader of models takes longer than everything else that a second run does. */
export async function graphModel(path: string, { folder }: Phone): Promise<GraphModel> {
  const kept = join(folder, 'graphs', `${await sha256File(path)}.json`);
  if (existsSync(kept)) {
    const { types, operations } = JSON.parse(readFileSync(kept, 'utf8')) as { types: [string, DType][]; operations: Operation[] };
    return { types: new Map(types), operations };
  }
  const { readGraphModel } = await import('./graph-model.ts');
  const model = readGraphModel(path);
  mkdirSync(join(folder, 'graphs'), { recursive: true });
  writeFileSync(`${kept}.${process.pid}`, JSON.stringify({ types: [...model.types], operations: model.operations }));
  renameSync(`${kept}.${process.pid}`, kept);
  return model;
}
