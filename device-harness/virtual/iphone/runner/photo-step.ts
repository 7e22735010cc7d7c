import { readFileSync } from 'node:fs';
import type { FunctionFace } from '../../../../converters/coreml/package/read-package.ts';
import { programOf } from '../../../../converters/coreml/translate/package-executor.ts';
import { runTranslation } from '../../../../converters/coreml/translate/run-translation.ts';
import { translate } from '../../../../converters/coreml/translate/translate.ts';
import type { NdArray } from '../../../../models/contracts/ndarray.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import type { PhotoResult, PhotoStep } from '../../../runner/index.ts';
import { recordOutputs } from './computed-outputs.ts';
import { Conditions } from './conditions.ts';
import { loadModel } from './loaded-model.ts';
import { arrayOf, type Pixels, writePixels } from './photo-pixels.ts';
import { StepFailure } from './step-failure.ts';
import { APP_BYTES, enter, headOf, type StepRun } from './step-run.ts';

/** Tiles that go through ONNX Runtime in one call. */
const AT_ONCE = 16;
/** Milliseconds that the stand-in reports for a million elements put in or taken out, by form. Plausible for nobody's phone in particular. */
const MS_PER_MILLION = { image: 0.4, loop: 900, strided: 1.5, metal: 0.6 } as const;

/** A whole photo through the program of a package, tile after tile. Throws StepFailure for what a virtual phone does not do. */
export async function takePhoto(run: StepRun<PhotoStep>): Promise<PhotoResult> {
  const { step } = run;
  const { tileWidth, tileHeight, scale, picture, tiles, input, output } = step;
  const conditions = new Conditions(run.start.phone, run.waited);
  enter(run, 'decoding');
  const photo = decoded(run);
  const loaded = await loadModel(run);
  enter(run, 'tiling');
  const compute = program(run, loaded.model);
  const canvas: Pixels = { width: picture.width * scale, height: picture.height * scale, data: new Uint8Array(picture.width * picture.height * scale ** 2 * 4) };
  const predictMs: number[] = [];
  for (let at = 0; at < tiles.length; at += AT_ONCE) {
    const part = tiles.slice(at, at + AT_ONCE);
    const outputs = await compute(part.map(({ x, y }) => arrayOf(photo, { x, y, width: tileWidth, height: tileHeight }, faceOf(input.face))));
    for (const [i, { x, y, keep }] of part.entries()) {
      const grown = { x: keep.x * scale, y: keep.y * scale, width: keep.width * scale, height: keep.height * scale };
      const values = Tensor.fromNdArray(outputs[i] as NdArray).numbers();
      writePixels(canvas, values, faceOf(output.face), { width: tileWidth * scale, height: tileHeight * scale }, { x: x * scale, y: y * scale }, grown);
      predictMs.push(await loaded.speed.predict(conditions.look()));
      run.status.progress(at + i + 1);
    }
  }
  enter(run, 'writing');
  const elements = (tileWidth * tileHeight * 3) / 1e6;
  const [prepareMs, readMs] = [tiles.map(() => elements * MS_PER_MILLION[input.form]), tiles.map(() => elements * scale ** 2 * MS_PER_MILLION[output.form])];
  const [record = null] = recordOutputs(run, [{ name: output.name, dtype: 'uint8', dims: [canvas.height, canvas.width, 4], bytes: Buffer.from(canvas.data.buffer) }], step.outputs);
  conditions.heat(step.order + 1);
  return {
    type: 'photo', ...headOf(run), round: step.round, order: step.order, load: loaded.load, decodeMs: (4 * picture.width * picture.height) / 1e6, setUpMs: 1, prepareMs, predictMs, readMs,
    totalMs: [...prepareMs, ...predictMs, ...readMs].reduce((sum, ms) => sum + ms, 0), output: record, conditions: conditions.result(),
    memory: { beforeBytes: APP_BYTES, loadedBytes: APP_BYTES + loaded.weightBytes, peakBytes: APP_BYTES + loaded.weightBytes + photo.data.length + canvas.data.length }, warnings: [],
  };
}

function decoded({ step: { picture }, blobs }: StepRun<PhotoStep>): Pixels {
  if (picture.encoding !== 'rgba8') throw new StepFailure('unsupported', 'A virtual phone takes photos as RGBA pixels only.');
  const data = readFileSync(blobs.path(picture.blob));
  if (data.length !== 4 * picture.width * picture.height) throw new StepFailure('picture', `${data.length} bytes are no picture of ${picture.width} × ${picture.height}.`);
  return { ...picture, data };
}

function faceOf(face: PhotoStep['input']['face']): NonNullable<PhotoStep['input']['face']> {
  if (face === null) throw new StepFailure('unsupported', 'A virtual phone takes photos through arrays, not through images.');
  return face;
}

/** The model as a function on the input that the step names. */
function program(run: StepRun<PhotoStep>, model: Awaited<ReturnType<typeof loadModel>>['model']): (tiles: readonly NdArray[]) => Promise<NdArray[]> {
  const name = run.model.function ?? model.defaultFunction;
  const { input, output } = run.step;
  const face = model.functions.find((each) => each.name === name) as FunctionFace;
  if (!face.inputs.some((feature) => feature.name === input.name)) throw new StepFailure('input', `The model has no input "${input.name}".`);
  const translation = translate(programOf(model, name).program, name);
  return async (tiles) => {
    const results = await runTranslation(run.host, translation, tiles.map((tile) => new Map([[input.name, tile]]))).catch((error: unknown) => {
      throw new StepFailure('predict', (error as Error).message);
    });
    return results.map((outputs) => {
      const array = outputs.get(output.name);
      if (!array) throw new StepFailure('output', `The program gave no "${output.name}".`);
      return array;
    });
  };
}
