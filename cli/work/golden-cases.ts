import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderVariantOf, type Variant } from '../../device-harness/index.ts';
import type { NdArray } from '../../models/contracts/ndarray.ts';
import { readNpy } from '../../models/run/npy.ts';
import { packageRoot } from '../package-root.ts';

/** A package of a few operations that coremltools' own PyTorch frontend wrote, and the output that PyTorch computed for its input. */
export interface GoldenCase {
  readonly name: string;
  readonly variant: Variant;
  readonly expected: NdArray;
}

const FOLDER = join('test', 'fixtures', 'coreml-witnesses');

/** Names of the cases: those in float32, whose outputs no rounding of weights explains. None where the package came without them. */
export function goldenNames(): string[] {
  const index = join(packageRoot(), FOLDER, 'index.json');
  if (!existsSync(index)) return [];
  return Object.entries(JSON.parse(readFileSync(index, 'utf8')) as Record<string, string>).filter(([, note]) => note.startsWith('fp32')).map(([name]) => name);
}

/** One case. All of them have one input, `x`, and one output. */
export async function goldenCase(name: string): Promise<GoldenCase> {
  const file = (kind: string): string => join(packageRoot(), FOLDER, `${name}.${kind}`);
  return { name, variant: await folderVariantOf(name, file('mlpackage'), new Map([['x', readNpy(file('input.npy'))]])), expected: readNpy(file('output.npy')) };
}
