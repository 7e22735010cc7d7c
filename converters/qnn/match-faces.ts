import { ExternalError } from '../../models/contracts/index.ts';
import type { QnnTensor } from './artifact.ts';
import type { FoundTensor } from './read-faces.ts';

/** An input or output of the ONNX model, with sizes. */
export interface OnnxFace {
  readonly name: string;
  readonly dims: readonly number[];
}

/** Orders that the tools put axes into: channels last. */
const CHANNELS_LAST: Readonly<Record<number, readonly number[]>> = { 3: [0, 2, 1], 4: [0, 2, 3, 1], 5: [0, 2, 3, 4, 1] };

/**
 * Ties what was produced to the model: names by what QNN makes of them, else by the only sizes that fit; axes by comparing sizes. Where sizes
 * allow both orders (a square image with as many channels), `spatialFirst`, the documented rule of tool and flags, decides, with a note.
 * Throws ExternalError for a face that fits nothing.
 */
export function matchFaces(found: readonly FoundTensor[], faces: readonly OnnxFace[], spatialFirst: boolean, notes: string[]): QnnTensor[] {
  if (found.length !== faces.length) throw mismatch(found, faces, `${found.length} tensors for ${faces.length}`);
  const free = new Set(found);
  const pairs = faces.map((face) => {
    const same = [...free].find(({ name }) => name === face.name) ?? [...free].find(({ name }) => name === identifier(face.name)) ?? null;
    if (same) free.delete(same);
    return { face, tensor: same };
  });
  return pairs.map(({ face, tensor }) => {
    const chosen = tensor ?? onlyFit([...free], face, pairs.filter((pair) => pair.tensor === null).map((pair) => pair.face), found, faces);
    free.delete(chosen);
    return { name: chosen.name, onnxName: face.name, type: chosen.type, dims: chosen.dims, axes: axesOf(chosen, face, spatialFirst, notes, found, faces), scale: chosen.scale, offset: chosen.offset };
  });
}

/** A letter, digits and underscores; nothing else is known of the rule, and only the comparison of names relies on it. */
export function identifier(name: string): string {
  const text = name.replaceAll(/[^A-Za-z0-9_]/g, '_');
  return /^[0-9]/.test(text) ? `_${text}` : text;
}

function onlyFit(free: readonly FoundTensor[], face: OnnxFace, open: readonly OnnxFace[], found: readonly FoundTensor[], faces: readonly OnnxFace[]): FoundTensor {
  const fitting = free.filter((tensor) => orders(tensor.dims, face.dims).length > 0);
  const rivals = open.filter((other) => other !== face && fitting.some((tensor) => orders(tensor.dims, other.dims).length > 0));
  if (fitting.length === 1 && rivals.length === 0) return fitting[0] as FoundTensor;
  throw mismatch(found, faces, `"${face.name}" could be any of ${fitting.map(({ name }) => name).join(', ') || 'none'}`);
}

function axesOf({ name, dims }: FoundTensor, face: OnnxFace, spatialFirst: boolean, notes: string[], found: readonly FoundTensor[], faces: readonly OnnxFace[]): readonly number[] | null {
  const fitting = orders(dims, face.dims);
  if (fitting.length === 0) throw mismatch(found, faces, `"${name}" is [${dims}] and "${face.name}" is [${face.dims}]`);
  if (fitting.length === 1) return fitting[0] as readonly number[] | null;
  const moved = fitting.find((axes) => axes !== null) as readonly number[];
  if (sameOrder(face.dims, moved)) return null;
  notes.push(`The sizes of "${face.name}" [${face.dims}] do not tell the order of its axes: taken to be ${spatialFirst ? 'channels last, as this tool documents' : 'as in the model, as this tool documents'}.`);
  return spatialFirst ? moved : null;
}

/** Orders of axes under which the sizes agree; null stands for the model's own. */
function orders(dims: readonly number[], source: readonly number[]): (readonly number[] | null)[] {
  const last = CHANNELS_LAST[source.length];
  const agrees = (axes: readonly number[]): boolean => axes.length === dims.length && axes.every((axis, i) => source[axis] === dims[i]);
  return [...(agrees(source.map((_, i) => i)) ? [null] : []), ...(last && agrees(last) ? [last] : [])];
}

/** True where moving the axes moves nothing: all but one of those that change places have size 1. */
function sameOrder(dims: readonly number[], axes: readonly number[]): boolean {
  const real = axes.filter((axis) => dims[axis] !== 1);
  return real.every((axis, i) => i === 0 || axis > (real[i - 1] as number));
}

function mismatch(found: readonly FoundTensor[], faces: readonly OnnxFace[], why: string): ExternalError {
  const texts = [found, faces].map((list) => list.map(({ name, dims }) => `${name} [${dims}]`).join(', '));
  return new ExternalError(`What was produced does not fit the model: ${why}.`, 'the SDK’s tools', `produced: ${texts[0]}\nmodel:    ${texts[1]}`, ['Keep the work folder and report it: --keep-workdir DIR.']);
}
