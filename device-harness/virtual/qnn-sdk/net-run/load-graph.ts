import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ContextFaces, readContextFaces } from '../../../../converters/htp/inspect/context-faces.ts';
import type { QnnBackend, QnnTensor } from '../../../../converters/qnn/artifact.ts';
import { rawType } from '../../../../converters/qnn/data-types.ts';
import { compareVersions } from '../../../../converters/qnn/sdk.ts';
import { DynoError } from '../../../../models/contracts/errors.ts';
import type { NamedArrays } from '../../../../models/contracts/executor.ts';
import { sha256File } from '../../../../models/onnx/sha256.ts';
import { type Carrier, readCarrier } from '../carrier.ts';
import { type ContextHead, contextHead } from '../context-head.ts';
import { findSource, SOURCES_PROPERTY } from '../source-folder.ts';
import { ToolFailure } from '../tools/documented-tool.ts';
import type { ToolCall } from '../tool.ts';
import { guessedOperations } from './guess-operations.ts';
import { graphModel } from './known-models.ts';
import { findLibrary, loadLibrary, type LoadedLibrary } from './libraries.ts';
import { type BoundTensor, bindTensor, fromOutputs, type NativeTensors, toFeed } from './onnx-binding.ts';
import type { GraphModel, Operation } from './operation.ts';
import { DLC_LIBRARY, type NetRunOptions } from './options.ts';
import type { Phone } from './phone.ts';

/** A graph that can run on the phone. */
export interface LoadedGraph {
  readonly name: string;
  readonly form: NetRunOptions['source']['form'];
  readonly sha256: string;
  readonly inputs: readonly BoundTensor[];
  readonly outputs: readonly BoundTensor[];
  readonly operations: readonly Operation[];
  /** Computes outputs for inputs, each in the tensor's own type. */
  compute(natives: readonly NativeTensors[]): Promise<NativeTensors[]>;
}

export interface Place {
  readonly backend: QnnBackend;
  readonly library: LoadedLibrary;
  readonly phone: Phone;
  readonly call: ToolCall;
  /** Folder for files of this process that are no part of the phone. */
  readonly work: string;
}

/** Loads what `--model`, `--dlc_path` or `--retrieve_context` names. Throws ToolFailure in the words of the real runner. */
export async function loadGraph({ form, path }: NetRunOptions['source'], place: Place): Promise<LoadedGraph> {
  if (form === 'context-binary') return loadContext(resolve(place.call.cwd, path), place);
  if (form === 'dlc') loadLibrary(DLC_LIBRARY, place.call);
  const file = form === 'dlc' ? resolve(place.call.cwd, path) : findLibrary(path, place.call);
  if (!existsSync(file)) throw new ToolFailure(`Could not open ${path}: No such file or directory`);
  const carrier = carrierOf(file);
  if (carrier) return loadCarried(file, carrier, form, place);
  if (form === 'model-library') throw new ToolFailure(`dlopen failed: "${path}" has bad ELF magic (a virtual phone runs model libraries of a stand-in SDK)`);
  const source = findSource(place.phone.state.properties[SOURCES_PROPERTY] ?? '', await sha256File(file));
  if (!source) throw new ToolFailure(`Unable to load ${path}: no stand-in made it, and no source was left for it in the folder that ${SOURCES_PROPERTY} names`);
  return graphOf(source.graph, form, file, await graphModel(source.modelPath, place.phone), source, false, modelRunner(source.modelPath, place));
}

function carrierOf(path: string): ReturnType<typeof readCarrier> | null {
  try {
    return readCarrier(path);
  } catch (error) {
    if (error instanceof DynoError) return null;
    throw error;
  }
}

async function loadCarried(path: string, { head, onnx }: { head: Carrier; onnx: Uint8Array }, form: LoadedGraph['form'], place: Place): Promise<LoadedGraph> {
  if (head.kind !== form) throw new ToolFailure(`${path} is no ${form === 'dlc' ? 'DLC' : 'model library'}\nUnable to load model`);
  if (head.arch !== null && head.arch !== 'aarch64-android') throw new ToolFailure(`dlopen failed: "${path}" is for EM_X86_64 (62) instead of EM_AARCH64 (183)`);
  const modelPath = join(place.work, 'carried.onnx');
  writeFileSync(modelPath, onnx);
  return graphOf(head.graph, form, path, await graphModel(modelPath, place.phone), head, true, modelRunner(modelPath, place));
}

/** The CPU back end computes in float32. So does the GPU one here: what arithmetic an Adreno uses is not known. HTP prepares the graph for its chip. */
function modelRunner(modelPath: string, { backend, phone, call }: Place): Runner {
  return async (feeds) => {
    if (backend === 'htp') return (await import('./emulate.ts')).prepareAndRun(modelPath, feeds, phone.chip as NonNullable<Phone['chip']>, call.environment);
    const executor = (await import('../../../../models/run/index.ts')).createHostExecutor({ threads: 1 });
    try {
      return await executor.run(modelPath, feeds);
    } catch (error) {
      if (error instanceof DynoError) throw new ToolFailure(`${error.message}\nGraph Execute failure`);
      throw error;
    } finally {
      await executor.close();
    }
  };
}

const REFUSED = 'Create From Binary failure';

async function loadContext(path: string, place: Place): Promise<LoadedGraph> {
  if (!existsSync(path)) throw new ToolFailure(`Could not open ${path}: No such file or directory\n${REFUSED}`);
  const [head, faces] = [contextHead(path, place.call.environment), readContextFaces(path)];
  if (!head && !faces) throw new ToolFailure(`Failed to create context from binary with error code 5005: no context binary that is known\n${REFUSED}`);
  assertFits(head, faces, place);
  const soc = place.phone.chip as NonNullable<Phone['chip']>;
  const graphs = faces?.graphs ?? [];
  if (!head && graphs.length !== 1) throw new ToolFailure(`This stand-in runs contexts of one graph; ${path} has ${graphs.length}.\n${REFUSED}`);
  const [graph] = graphs;
  const face = head ?? { graph: graph?.name as string, inputs: (graph?.inputs ?? []).map(plain), outputs: (graph?.outputs ?? []).map(plain) };
  const model = head ? await graphModel(head.modelPath, place.phone) : { types: new Map([...face.inputs, ...face.outputs].map(({ name, type }) => [name, rawType(type)])), operations: [] };
  const runner: Runner = async (feeds) => {
    const modelPath = head?.modelPath ?? (await (await import('./context-model.ts')).writeContextModel(path, faces as ContextFaces, place.work));
    return (await import('./emulate.ts')).runContext(modelPath, feeds, soc, place.call.environment);
  };
  const loaded = await graphOf(face.graph, 'context-binary', path, model, face, true, runner);
  const source = findSource(place.phone.state.properties[SOURCES_PROPERTY] ?? '', loaded.sha256);
  return { ...loaded, operations: guessedOperations(faces?.operations ?? [], source ? (await graphModel(source.modelPath, place.phone)).operations : [], loaded.outputs) };
}

function plain(tensor: Pick<QnnTensor, 'name' | 'type' | 'dims' | 'scale' | 'offset'>): QnnTensor {
  return { ...tensor, onnxName: tensor.name, axes: null };
}

/** A context binary belongs to the back end, the chip and the libraries that it was made for; newer libraries take it. */
function assertFits(head: ContextHead | null, faces: ContextFaces | null, { backend, library, phone }: Place): void {
  const socModel = head?.socModel ?? faces?.socModel;
  const build = head?.build ?? faces?.build ?? '';
  const fail = (detail: string): never => {
    throw new ToolFailure(`${detail}\nFailed to create context from binary with error code 5005 (0x138d)\n${REFUSED}`);
  };
  if (backend !== 'htp') fail(`This binary is not of backend ${library.name}`);
  if (socModel !== phone.chip?.socModel) fail(`Request feature soc with value ${socModel} unsupported on ${phone.chip?.chip} (Request feature arch with value ${phone.chip?.hexagon} unsupported)`);
  if (compareVersions(build, library.version) > 0) fail(`The context binary was made by ${build}, which is newer than this library (v${library.version})`);
}

type Runner = (feeds: readonly NamedArrays[]) => Promise<NamedArrays[]>;

async function graphOf(
  name: string, form: LoadedGraph['form'], path: string, model: GraphModel, face: { readonly inputs: readonly QnnTensor[]; readonly outputs: readonly QnnTensor[] }, carried: boolean, run: Runner,
): Promise<LoadedGraph> {
  const bind = (tensor: QnnTensor): BoundTensor => {
    const onnxName = carried ? tensor.name : tensor.onnxName;
    const dtype = model.types.get(onnxName) ?? model.types.get(tensor.onnxName);
    if (!dtype) throw new ToolFailure(`${path}: its graph has no tensor ${onnxName}`);
    return bindTensor(tensor, dtype, carried && model.types.has(tensor.name));
  };
  const [inputs, outputs] = [face.inputs.map(bind), face.outputs.map(bind)];
  return {
    name, form, sha256: await sha256File(path), inputs, outputs, operations: model.operations,
    compute: async (natives) => (await run(natives.map((native) => toFeed(native, inputs)))).map((arrays) => fromOutputs(arrays, outputs)),
  };
}
