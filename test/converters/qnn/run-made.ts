import { expect } from 'vitest';
import type { NamedArrays, NdArray } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { htpExecutor } from '../../../converters/htp/index.ts';
import type { QnnArtifact, QnnTensor } from '../../../converters/qnn/artifact.ts';
import { rawType } from '../../../converters/qnn/data-types.ts';
import type { SdkConversion } from '../../../converters/qnn/sdk-conversion.ts';
import { resolveSoc } from '../../../converters/rules/resolve-target.ts';
import { readCarrier } from '../../../device-harness/virtual/qnn-sdk/carrier.ts';
import { contextHead } from '../../../device-harness/virtual/qnn-sdk/context-head.ts';
import { htpToolchain } from '../../support/htp.ts';
import { runOrt } from '../../support/ort.ts';

/** Largest difference between what a job made and its model in ONNX Runtime, over the range of each output. Uses the faces as the artifact states them. */
export async function distanceTo(artifact: QnnArtifact, { modelPath, base }: Pick<SdkConversion, 'modelPath' | 'base'>, feed: NamedArrays): Promise<number> {
  const [made, reference] = [await runMade(artifact, feed, base), await runOrt(modelPath, feed)];
  expect([...made.keys()].sort()).toEqual([...reference.keys()].sort());
  return Math.max(...[...reference].map(([name, array]) => relative(made.get(name) as number[], [...Tensor.fromNdArray(array).numbers()])));
}

/** Runs what was made: a context binary in the emulator, anything else by the graph that its stand-in carries. */
async function runMade(artifact: QnnArtifact, feed: NamedArrays, env: NodeJS.ProcessEnv): Promise<Map<string, number[]>> {
  const inputs = new Map(artifact.inputs.map((tensor) => [tensor.name, given(feed.get(tensor.onnxName) as NdArray, tensor)]));
  const outputs = artifact.form === 'context-binary' ? await emulated(artifact, inputs, env) : await runOrt(readCarrier(artifact.path).onnx, inputs);
  return new Map(artifact.outputs.map((tensor) => [tensor.onnxName, taken(outputs.get(tensor.name) as NdArray, tensor)]));
}

async function emulated(artifact: QnnArtifact, inputs: NamedArrays, env: NodeJS.ProcessEnv): Promise<NamedArrays> {
  const head = contextHead(artifact.path, env);
  if (!htpToolchain || !head) throw new Error(`nothing known of ${artifact.path}`);
  const [outputs] = await htpExecutor(htpToolchain, resolveSoc(artifact.chip).soc).run(head.modelPath, [inputs]);
  return outputs as NamedArrays;
}

/** Moves axes as a tensor of an artifact has them, in its own type, on its grid. */
function given(array: NdArray, { axes, type, scale, offset }: QnnTensor): NdArray {
  const moved = axes ? moveAxes(array, axes) : array;
  const values = Tensor.fromNdArray(moved).numbers();
  const most = 2 ** Number(type.replace(/\D/g, '')) - 1;
  const codes = scale === null || offset === null ? values : values.map((x) => Math.min(most, Math.max(0, Math.round(x / scale) - offset)));
  return Tensor.of(rawType(type), moved.dims, codes).toNdArray();
}

/** The other way. */
function taken(array: NdArray, { axes, scale, offset }: QnnTensor): number[] {
  const back = axes ? moveAxes(array, axes.map((_, i) => axes.indexOf(i))) : array;
  return [...Tensor.fromNdArray(back).numbers()].map((q) => (scale === null || offset === null ? q : (q + offset) * scale));
}

function moveAxes(array: NdArray, axes: readonly number[]): NdArray {
  const dims = axes.map((axis) => array.dims[axis] as number);
  const strides = array.dims.map((_, axis) => array.dims.slice(axis + 1).reduce((a, b) => a * b, 1));
  const values = Tensor.fromNdArray(array).numbers();
  const moved = Float64Array.from({ length: values.length }, (_, to) => {
    let [rest, from] = [to, 0];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      from += (rest % (dims[axis] as number)) * (strides[axes[axis] as number] as number);
      rest = Math.floor(rest / (dims[axis] as number));
    }
    return values[from] as number;
  });
  return Tensor.of(array.dtype, dims, moved).toNdArray();
}

function relative(made: readonly number[], want: readonly number[]): number {
  expect(made.length).toBe(want.length);
  const range = Math.max(...want) - Math.min(...want);
  return Math.max(...want.map((value, i) => Math.abs(value - (made[i] as number)))) / range;
}
