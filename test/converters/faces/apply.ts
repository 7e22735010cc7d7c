import { afterAll } from 'vitest';
import { applyFaces, type FaceOptions, type FaceRequest, type FaceResult } from '../../../converters/faces/index.ts';
import { Model } from '../../../models/graph/index.ts';
import { type ModelProto, Tensor } from '../../../models/onnx/index.ts';
import { createHostExecutor, type HostExecutor, Prng } from '../../../models/run/index.ts';
import { buildModel, type ModelSpec } from '../../support/build-model.ts';

let executor: HostExecutor | null = null;
afterAll(() => executor?.close());

/** Applies requests and proves them on the host; the executor lives as long as the test file. */
export function face(proto: ModelProto, requests: readonly FaceRequest[], options: FaceOptions = {}): Promise<FaceResult> {
  executor ??= createHostExecutor({ threads: 1 });
  return applyFaces(new Model(proto), requests, { executor, ...options });
}

/** Normal numbers of about a third. */
export function random(dims: readonly number[], seed = 1): Tensor {
  const prng = new Prng(seed);
  const values = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => prng.normal() / 3);
  return Tensor.of('float32', dims, values);
}

/** x → Conv (3 to 4 channels, 3×3) → y on two images of 8×8, with the given padding. */
export function convModel(pads: number[], changes: Partial<ModelSpec> = {}): ModelProto {
  const side = 8 + (pads[0] as number) + (pads[2] as number) - 2;
  return buildModel({
    inputs: { x: ['float32', [2, 3, 8, 8]] },
    outputs: { y: ['float32', [2, 4, side, side]] },
    nodes: [['Conv', ['x', 'w', 'b'], ['y'], { pads, kernel_shape: [3, 3] }, { name: 'conv' }]],
    initializers: { w: random([4, 3, 3, 3]), b: random([4], 2) },
    ...changes,
  });
}

export const opTypes = ({ model }: FaceResult): string[] => [...model.graph.nodes()].map((node) => node.opType);
