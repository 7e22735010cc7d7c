import { type Executor, type InputContract, type NdArray, UserError } from '../../models/contracts/index.ts';
import { Model } from '../../models/graph/index.ts';
import { readModel } from '../../models/onnx/index.ts';
import type { Image } from './image.ts';
import { imageToTensor, type OutputContract, tensorToImage } from './tensor-image.ts';

/** A model that takes and gives images, and what runs it. */
export interface ImageModel {
  readonly executor: Executor;
  readonly modelPath: string;
  readonly contract: InputContract;
  readonly output?: OutputContract;
  readonly signal?: AbortSignal;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Runs a model on images of one size each. `onImages` is told how many are done, by executors that take long. */
export async function infer(model: ImageModel, images: readonly Image[], onImages?: (done: number) => void): Promise<Image[]> {
  const { executor, modelPath, contract, output, signal } = model;
  const feeds = images.map((image) => new Map([[contract.name, imageToTensor(image, contract)]]));
  const results = await executor.run(modelPath, feeds, { optimization: 'off', ...(signal ? { signal } : {}), ...(onImages ? { onFeeds: onImages } : {}) });
  return results.map((outputs) => {
    const tensor = output?.name === undefined ? [...outputs.values()][0] : outputs.get(output.name);
    if (!tensor)
      throw new UserError(`The model has no output "${output?.name ?? ''}".`, [`Its outputs: ${[...outputs.keys()].join(', ')}.`]);
    return tensorToImage(tensor as NdArray, contract, output);
  });
}

/** Height and width that the file fixes for the image input, or null where one is open. */
export function fixedSize(modelPath: string, contract: InputContract): Size | null {
  const onnx = readModel(modelPath);
  try {
    const { graph } = new Model(onnx.proto);
    const input = graph.inputs.find((value) => value.name === contract.name);
    if (!input) {
      throw new UserError(`The model has no input "${contract.name}".`, [
        `Its inputs: ${graph.inputs.map((value) => value.name).join(', ')}.`,
      ]);
    }
    const spatial = contract.layout === 'NHWC' ? input.type.shape?.slice(-3, -1) : input.type.shape?.slice(-2);
    const [height, width] = spatial ?? [];
    return typeof height === 'number' && typeof width === 'number' ? { width, height } : null;
  } finally {
    onnx.close();
  }
}

/** Output side over input side. Throws UserError where the two sides scale unlike, or shrink. */
export function scaleOf(output: Image, input: Size): number {
  const scale = output.width / input.width;
  if (Math.abs(output.height / input.height - scale) < 1e-9 && scale >= 1) return scale;
  throw new UserError(
    `The model makes ${output.width}×${output.height} of ${input.width}×${input.height}: not the same scale of 1 or more on both sides.`,
    ['Quality is measured for models that keep or enlarge the image.'],
  );
}
