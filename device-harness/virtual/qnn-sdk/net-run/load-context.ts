import { existsSync } from 'node:fs';
import { type ContextFaces, readContextFaces } from '../../../../converters/htp/inspect/context-faces.ts';
import type { QnnTensor } from '../../../../converters/qnn/artifact.ts';
import { rawType } from '../../../../converters/qnn/data-types.ts';
import { compareVersions } from '../../../../converters/qnn/sdk.ts';
import { HTP_SOCS } from '../../../../converters/rules/htp-socs.ts';
import { type ContextHead, contextHead } from '../context-head.ts';
import { findSource, SOURCES_PROPERTY } from '../source-folder.ts';
import { ToolFailure } from '../tools/documented-tool.ts';
import { guessedOperations } from './guess-operations.ts';
import { graphModel } from './known-models.ts';
import { type GraphParts, type LoadedGraph, loadedGraph, type Place } from './loaded-graph.ts';
import type { GraphModel } from './operation.ts';
import type { Phone } from './phone.ts';

const REFUSED = 'Create From Binary failure';

/**
 * Loads a context binary, to be run by the emulator: by what a stand-in remembers of it, else by its own description. Throws ToolFailure for another
 * chip, older libraries, another back end, and files that are no context.
 */
export async function loadContext(path: string, place: Place): Promise<LoadedGraph> {
  const { phone, call } = place;
  if (!existsSync(path)) throw new ToolFailure(`Could not open ${path}: No such file or directory\n${REFUSED}`);
  const [head, faces] = [contextHead(path, call.environment), readContextFaces(path)];
  assertFits(head ?? faces, place);
  const parts = head ? await remembered(head, phone) : described(path, faces as ContextFaces);
  const loaded = await loadedGraph({
    ...parts, form: 'context-binary', path, carried: true,
    run: async (feeds) => {
      const modelPath = head?.modelPath ?? (await (await import('./context-model.ts')).writeContextModel(path, faces as ContextFaces, place.work));
      return (await import('./emulate.ts')).runContext(modelPath, feeds, phone.chip as NonNullable<Phone['chip']>, call.environment);
    },
  });
  const source = findSource(phone.state.properties[SOURCES_PROPERTY] ?? '', loaded.sha256);
  return { ...loaded, operations: guessedOperations(faces?.operations ?? [], source ? (await graphModel(source.modelPath, phone)).operations : [], loaded.outputs) };
}

type Known = Pick<GraphParts, 'face' | 'model'>;

async function remembered(head: ContextHead, phone: Phone): Promise<Known> {
  return { face: head, model: await graphModel(head.modelPath, phone) };
}

function described(path: string, { graphs }: ContextFaces): Known {
  const [graph] = graphs;
  if (!graph || graphs.length > 1) throw new ToolFailure(`This stand-in runs contexts of one graph; ${path} has ${graphs.length}.\n${REFUSED}`);
  const tensors = (list: typeof graph.inputs): QnnTensor[] => list.map((tensor) => ({ ...tensor, onnxName: tensor.name, axes: null }));
  const model: GraphModel = { types: new Map([...graph.inputs, ...graph.outputs].map(({ name, type }) => [name, rawType(type)])), operations: [] };
  return { face: { graph: graph.name, inputs: tensors(graph.inputs), outputs: tensors(graph.outputs) }, model };
}

/** A context binary belongs to the back end, the chip and the libraries that it was made for; newer libraries take it. */
function assertFits(known: Pick<ContextFaces, 'socModel' | 'build'> | null, { backend, library, phone: { chip } }: Place): void {
  const why = known === null ? 'it is no context binary' : backend !== 'htp' ? `it is not of ${library.name}` : (otherChip(known.socModel, chip) ?? newer(known.build, library.version));
  if (why !== null) throw new ToolFailure(`${why}\nFailed to create context from binary with error code 5005 (0x138d)\n${REFUSED}`);
}

function otherChip(socModel: number, chip: Phone['chip']): string | null {
  if (socModel === chip?.socModel) return null;
  const made = HTP_SOCS.find((soc) => soc.socModel === socModel);
  return made && made.hexagon !== chip?.hexagon ? `Request feature arch with value ${made.hexagon} unsupported` : `Request feature soc with value ${socModel} unsupported`;
}

function newer(build: string, version: string): string | null {
  return compareVersions(build, version) > 0 ? `The context binary was made by ${build}, which is newer than this library (v${version})` : null;
}
