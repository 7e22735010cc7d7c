import type { Executor, NamedArrays } from '../../models/contracts/executor.ts';
import { ExternalError, UserError } from '../../models/contracts/errors.ts';
import type { InputContract } from '../../models/contracts/input-contract.ts';
import type { NdArray } from '../../models/contracts/ndarray.ts';
import { type ReceptiveField, receptiveField, type Value } from '../../models/graph/index.ts';
import type { ModelFace } from '../../reports/photo/run-tiles.ts';
import type { Sight } from '../../reports/photo/photo-plan.ts';
import { partOf, stacked } from '../../reports/photo/tile-face.ts';
import { imageOf, type Plane } from '../../reports/quality/image.ts';
import { infer, scaleOf, type Size } from '../../reports/quality/infer.ts';
import { measureTiling, visibleReach } from '../../reports/quality/tiling.ts';
import { inputContract, realInputs } from '../work/contract.ts';
import type { ModelRef } from '../work/model-refs.ts';
import { openModel } from '../work/open-model.ts';

/** What has to be known of a model before it meets a photo. */
export interface PhotoModel extends ModelFace {
  readonly path: string;
  /** The size that the file fixes; null where it takes many. */
  readonly size: Size | null;
  /** Sides must be multiples of this. */
  readonly multiple: number;
  readonly scale: number;
  readonly sight: Sight;
}

/** Side at which a model of open size is looked at: a multiple of what networks divide by. */
const LOOK = 192;

/** What the file alone tells of a model. */
export interface PhotoFace {
  readonly contract: InputContract;
  readonly size: Size | null;
  readonly field: ReceptiveField;
}

/** Learns by running it what the file does not tell of a model. Throws UserError where it makes no picture of a picture. */
export async function learnModel(ref: ModelRef, { contract, size, field }: PhotoFace, executor: Executor, signal: AbortSignal): Promise<PhotoModel> {
  const batch = contract.shape.length === 4 ? (contract.shape[0] ?? 1) : 1;
  const one: InputContract = { ...contract, shape: contract.shape.length === 4 ? [1, ...contract.shape.slice(1)] : contract.shape };
  const model = { executor: batch === 1 ? executor : repeating(executor, batch), modelPath: ref.path, contract: one, signal };
  const look = size ?? { width: LOOK, height: LOOK };
  const [output] = await infer(model, [flat(look)]);
  const scale = scaleOf(output as ReturnType<typeof flat>, look);
  const sight = await sightOf(field, model, look);
  const multiple = size ? 1 : await multipleOf(model, sight.period, scale);
  return { path: ref.path, contract: one, batch, size, multiple, scale, sight };
}

/** Reads what a model takes, and how far it sees. Throws UserError for what is no model, and where it takes no picture. */
export function readFace(ref: ModelRef): PhotoFace {
  const opened = openModel(ref.path);
  let contract: InputContract;
  try {
    const inputs = realInputs(opened.model);
    if (inputs.length > 1) throw noPicture(ref, `takes ${inputs.length} inputs (${inputs.map(({ name }) => name).join(', ')}), and a photo is one`);
    contract = inputContract(opened.model, ref);
  } finally {
    opened.close();
  }
  if (contract.kind !== 'image') throw noPicture(ref, `takes no picture: its input "${contract.name}" has the shape [${contract.shape.map((dim) => dim ?? '?').join(', ')}]`);
  const axes = contract.layout === 'NHWC' ? [-3, -2] : [-2, -1];
  const [height, width] = axes.map((axis) => contract.shape.at(axis) ?? null);
  const size = typeof width === 'number' && typeof height === 'number' ? { width, height } : null;
  if (!size && (width ?? height) !== null) throw noPicture(ref, 'fixes one side of its input and leaves the other open');
  return { contract, size, field: fieldOf(ref, contract) };
}

function fieldOf(ref: ModelRef, contract: InputContract): ReceptiveField {
  const shape = contract.shape.map((dim) => dim ?? LOOK).join('x');
  try {
    const { model, close } = openModel(ref.path, [`${contract.name}=${shape}`]);
    try {
      return receptiveField(model.graph, model.graph.inputs.find(({ name }) => name === contract.name) as Value, contract.layout);
    } finally {
      close();
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { kind: 'unknown', node: '', opType: '', why: error.message };
  }
}

async function sightOf(field: ReceptiveField, model: Parameters<typeof measureTiling>[0], look: Size): Promise<Sight> {
  if (field.kind === 'local') {
    const { x, y } = field;
    return { margin: Math.max(x.before, x.after, y.before, y.after), period: leastCommon(x.period, y.period), exact: true, evidence: 'computed', why: null };
  }
  const why = field.node === '' ? field.why : `${field.node}${field.opType === '' ? '' : ` (${field.opType})`}: ${field.why}`;
  const tiling = await measureTiling(model, look);
  if (tiling.complete && field.kind === 'unknown') return { margin: tiling.margin, period: tiling.period, exact: true, evidence: 'measured(host)', why };
  return { margin: tiling.complete ? tiling.margin : await visibleReach(model, look), period: tiling.period, exact: false, evidence: 'measured(host)', why };
}

/** The smallest multiple of sides at which the model runs, up to its period. */
async function multipleOf(model: Parameters<typeof infer>[0], period: number, scale: number): Promise<number> {
  for (let multiple = 1; multiple < period; multiple *= 2) {
    if (period % multiple !== 0) break;
    const size = { width: LOOK + multiple, height: LOOK + multiple };
    const runs = await infer(model, [flat(size)]).then(([output]) => scaleOf(output as ReturnType<typeof flat>, size) === scale).catch((error: unknown) => {
      if (error instanceof ExternalError || error instanceof UserError) return false;
      throw error;
    });
    if (runs) return multiple;
  }
  return period;
}

/** An executor for a model that takes several pictures at once: each feed is repeated, and of the outputs the first is kept. */
function repeating(executor: Executor, batch: number): Executor {
  const map = (arrays: NamedArrays, change: (array: NdArray) => NdArray): NamedArrays => new Map([...arrays].map(([name, array]) => [name, change(array)]));
  return {
    id: executor.id,
    run: async (path, feeds, options) => {
      const wide = feeds.map((feed) => map(feed, (array) => stacked(new Array<NdArray>(batch).fill(array))));
      return (await executor.run(path, wide, options)).map((outputs) => map(outputs, (array) => partOf(array, 0)));
    },
    close: async () => undefined,
  };
}

function noPicture(ref: ModelRef, why: string): UserError {
  return new UserError(`${ref.id} ${why}.`, ['A photo goes through models that take and give a picture of 1 or 3 channels; "input" in the config says what an input means.']);
}

function flat({ width, height }: Size): ReturnType<typeof imageOf> {
  const plane: Plane = { width, height, data: new Uint8Array(width * height).fill(128) };
  return imageOf([plane, plane, plane]);
}

function leastCommon(a: number, b: number): number {
  let multiple = a;
  while (multiple % b !== 0) multiple += a;
  return multiple;
}
