import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DynoError } from '../../../../models/contracts/errors.ts';
import { sha256File } from '../../../../models/onnx/sha256.ts';
import { type Carrier, readCarrier } from '../carrier.ts';
import { findSource, SOURCES_PROPERTY } from '../source-folder.ts';
import { ToolFailure } from '../tools/documented-tool.ts';
import { graphModel } from './known-models.ts';
import { findLibrary, loadLibrary } from './libraries.ts';
import { loadContext } from './load-context.ts';
import { type GraphParts, type LoadedGraph, loadedGraph, type Place } from './loaded-graph.ts';
import { DLC_LIBRARY, type NetRunOptions } from './options.ts';
import type { Phone } from './phone.ts';

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
  return loadedGraph({ form, path: file, face: source, model: await graphModel(source.modelPath, place.phone), carried: false, run: modelRunner(source.modelPath, place) });
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
  return loadedGraph({ form, path, face: head, model: await graphModel(modelPath, place.phone), carried: true, run: modelRunner(modelPath, place) });
}

/** The CPU back end computes in float32. So does the GPU one here: what arithmetic an Adreno uses is not known. HTP prepares the graph for its chip. */
function modelRunner(modelPath: string, { backend, phone, call }: Place): GraphParts['run'] {
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
