import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { UserError } from '../../../models/contracts/errors.ts';
import type { NamedArrays } from '../../../models/contracts/executor.ts';
import type { NdArray } from '../../../models/contracts/ndarray.ts';
import { readModel, sha256File } from '../../../models/onnx/index.ts';
import { Model, type Value } from '../../../models/graph/index.ts';
import { createHostExecutor } from '../../../models/run/index.ts';
import type { Plane } from '../image.ts';
import type { ExternalMetric } from '../external-metric.ts';
import type { Protocol } from '../protocol.ts';
import { featureDistance } from './feature-distance.ts';

/** Key of a network's metadata that names its input range, e.g. `-1..1`. */
const RANGE_KEY = 'input_range';

/**
 * A perceptual network as a metric: two float32 image inputs [1, 3, H, W] and a scalar, such as LPIPS with its backbone, or one input and features,
 * whose distance is taken as LPIPS takes it without learned weights. It runs in ONNX Runtime on this machine. Throws UserError for other networks.
 */
export async function openPerceptual({ file, range }: Pick<Protocol, 'file' | 'range'>): Promise<ExternalMetric> {
  const path = file as string;
  if (!(await stat(path).catch(() => null))?.isFile()) throw new UserError(`There is no network ${path}.`, ['Check the path; in a config it is relative to the config.']);
  const network = faceOf(path);
  const [low, high] = range ?? network.range ?? [0, 1];
  const executor = createHostExecutor();
  return {
    tools: { [basename(path)]: (await sha256File(path)).slice(0, 12) },
    async value({ reference, test }) {
      assertFits(reference[0] as Plane, network, path);
      const [original, output] = [reference, test].map((planes) => toTensor(planes, low, high)) as [NdArray, NdArray];
      const run = (feeds: NamedArrays[]): Promise<NamedArrays[]> => executor.run(path, feeds, { optimization: 'off' });
      if (network.inputs.length === 2) {
        const [outputs] = await run([new Map([[network.inputs[0] as string, output], [network.inputs[1] as string, original]])]);
        return scalarOf(outputs as NamedArrays, path);
      }
      const [ours, theirs] = await run([output, original].map((tensor) => new Map([[network.inputs[0] as string, tensor]])));
      return featureDistance(ours as NamedArrays, theirs as NamedArrays, path);
    },
    close: () => executor.close(),
  };
}

interface Face {
  readonly inputs: readonly string[];
  /** Height and width that it takes; null where any goes. */
  readonly size: readonly [number | null, number | null];
  readonly range: readonly [number, number] | null;
}

function faceOf(path: string): Face {
  const onnx = readModel(path);
  try {
    const { graph } = new Model(onnx.proto);
    const inputs = graph.inputs.filter((value) => !value.initializer);
    if (inputs.length < 1 || inputs.length > 2 || !inputs.every(takesImages)) {
      throw new UserError(`${path} is no perceptual network: it takes ${inputs.map(({ name }) => `"${name}"`).join(', ') || 'nothing'}.`, [
        'Give one with one or two float32 inputs of the shape [1, 3, H, W].',
      ]);
    }
    const said = onnx.proto.metadataProps?.find(({ key }) => key === RANGE_KEY)?.value;
    const [height, width] = (inputs[0]?.type.shape ?? []).slice(2).map((side) => (typeof side === 'number' ? side : null));
    return { inputs: inputs.map(({ name }) => name), size: [height ?? null, width ?? null], range: said ? readRange(said, path) : null };
  } finally {
    onnx.close();
  }
}

function assertFits({ width, height }: Plane, { size }: Face, path: string): void {
  const [tall, wide] = size;
  if ((tall ?? height) === height && (wide ?? width) === width) return;
  throw new UserError(`${path} takes pictures of ${wide ?? 'any'}×${tall ?? 'any'} only; this one has ${width}×${height} after its border is cut.`, [
    'Export the network with open height and width.',
  ]);
}

function takesImages({ type: { dtype, shape } }: Value): boolean {
  return dtype === 'float32' && (shape === null || (shape.length === 4 && (shape[1] === 3 || typeof shape[1] !== 'number')));
}

function readRange(text: string, path: string): readonly [number, number] {
  const found = /^\s*(-?\d+(?:\.\d+)?)\s*\.\.\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text);
  if (found && Number(found[1]) < Number(found[2])) return [Number(found[1]), Number(found[2])];
  throw new UserError(`${path} names its ${RANGE_KEY} "${text}", which is no range.`, ['Write LOW..HIGH in its metadata, or say it in the protocol: onnx:FILE:range=-1..1.']);
}

function toTensor(planes: readonly Plane[], low: number, high: number): NdArray {
  const { width, height } = planes[0] as Plane;
  const data = new Float32Array(3 * width * height);
  for (let c = 0; c < 3; c++) {
    const { data: levels } = planes[planes.length === 3 ? c : 0] as Plane;
    for (let i = 0; i < levels.length; i++) data[c * levels.length + i] = low + ((levels[i] as number) / 255) * (high - low);
  }
  return { dtype: 'float32', dims: [1, 3, height, width], data };
}

function scalarOf(outputs: NamedArrays, path: string): number {
  const [output] = [...outputs.values()] as [NdArray];
  if (output.data.length === 1) return Number(output.data[0]);
  throw new UserError(`${path} takes two pictures and gives [${output.dims.join(', ')}], which is no single value.`, ['Export it with its mean: one number for two pictures.']);
}
