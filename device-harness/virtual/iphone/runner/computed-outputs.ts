import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NamedArrays } from '../../../../models/contracts/executor.ts';
import type { CoreMlModel, FunctionFace } from '../../../../converters/coreml/package/read-package.ts';
import { programOf } from '../../../../converters/coreml/translate/package-executor.ts';
import { runTranslation } from '../../../../converters/coreml/translate/run-translation.ts';
import { translate } from '../../../../converters/coreml/translate/translate.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import type { ArrayDtype, OutputRecord, OutputsWanted } from '../../../runner/index.ts';
import { feedArrays } from './feed-arrays.ts';
import { StepFailure } from './step-failure.ts';
import type { StepRun } from './step-run.ts';
import { writeJson } from './write-json.ts';

/** An output as it lies on the phone. */
export interface ComputedOutput {
  readonly name: string;
  readonly dtype: ArrayDtype;
  readonly dims: readonly number[];
  readonly bytes: Buffer;
}

/**
 * What the model computes from its feeds: its program, translated to ONNX, in ONNX Runtime. A second step with the same model and feeds takes what
 * the first one computed. Throws StepFailure.
 */
export async function computeOutputs(run: StepRun, model: CoreMlModel): Promise<readonly ComputedOutput[]> {
  const { feeds, blob, function: name } = run.model;
  const kept = join(run.start.caches, 'outputs', createHash('sha256').update(JSON.stringify([blob, name, feeds])).digest('hex'));
  if (existsSync(join(kept, 'outputs.json'))) {
    const listed = JSON.parse(readFileSync(join(kept, 'outputs.json'), 'utf8')) as Omit<ComputedOutput, 'bytes'>[];
    return listed.map((output, i) => ({ ...output, bytes: readFileSync(join(kept, `${i}.bin`)) }));
  }
  const outputs = await execute(run, model);
  mkdirSync(kept, { recursive: true });
  for (const [i, { bytes }] of outputs.entries()) writeFileSync(join(kept, `${i}.bin`), bytes);
  writeJson(join(kept, 'outputs.json'), outputs.map(({ bytes: _, ...rest }) => rest));
  return outputs;
}

/** As records, written to files where that is wanted. */
export function recordOutputs({ start, spec, step }: StepRun, outputs: readonly ComputedOutput[], wanted: OutputsWanted): OutputRecord[] {
  if (wanted === 'none') return [];
  return outputs.map(({ name, dtype, dims, bytes }, i) => {
    const file = wanted === 'files' ? `outputs/${step.id}/${i}.bin` : null;
    if (file !== null) {
      const path = join(start.documents, 'batches', spec.id, file);
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, bytes);
    }
    return { name, dtype, dims: [...dims], bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'), file };
  });
}

async function execute(run: StepRun, model: CoreMlModel): Promise<ComputedOutput[]> {
  const name = run.model.function ?? model.defaultFunction;
  const face = model.functions.find((each) => each.name === name) as FunctionFace;
  const { program } = programOf(model, name);
  const feed = feedArrays(run.model.feeds, face, run.blobs);
  try {
    const [outputs] = await runTranslation(run.host, translate(program, name), [feed]);
    return face.outputs.map((feature) => asFeature(feature.name, feature.type, outputs as NamedArrays));
  } catch (error) {
    throw error instanceof StepFailure ? error : new StepFailure('predict', (error as Error).message);
  }
}

/** Arrays in the feature's own type; images as rows of BGRA or grey bytes. */
function asFeature(name: string, type: FunctionFace['outputs'][number]['type'], outputs: NamedArrays): ComputedOutput {
  const array = outputs.get(name);
  if (!array) throw new StepFailure('output', `The program gave no "${name}".`);
  const values = Tensor.fromNdArray(array).numbers();
  if (type.kind === 'image') {
    const bytes = pixels(values, type.width * type.height, type.color);
    return { name, dtype: 'uint8', dims: [type.height, type.width, bytes.length / (type.width * type.height)], bytes };
  }
  if (type.kind !== 'array' || type.dtype === 'unknown') throw new StepFailure('unsupported', `A virtual phone does not know what "${name}" is.`);
  return { name, dtype: type.dtype, dims: array.dims, bytes: Buffer.from(Tensor.of(type.dtype, array.dims, values).bytes()) };
}

function pixels(values: Float64Array, count: number, color: string): Buffer {
  const byte = (value: number): number => Math.min(255, Math.max(0, Math.round(value)));
  if (color.startsWith('GRAY')) return Buffer.from(values.map(byte));
  const offsets = color === 'BGR' ? [0, 1, 2] : [2, 1, 0];
  const bytes = Buffer.alloc(4 * count, 255);
  for (const [channel, offset] of offsets.entries()) for (let i = 0; i < count; i++) bytes[4 * i + offset] = byte(values[channel * count + i] as number);
  return bytes;
}
