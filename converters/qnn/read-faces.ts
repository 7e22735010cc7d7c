import { ExternalError } from '../../models/contracts/index.ts';
import { dataTypeNamed, dataTypeOf, type QnnDataType } from './data-types.ts';

/** A tensor at the face, as the tool that made it describes it. */
export interface FoundTensor {
  readonly name: string;
  readonly type: QnnDataType;
  readonly dims: readonly number[];
  readonly scale: number | null;
  readonly offset: number | null;
}

export interface FoundFaces {
  /** Null where the description does not say. */
  readonly graph: string | null;
  readonly build: string | null;
  readonly inputs: readonly FoundTensor[];
  readonly outputs: readonly FoundTensor[];
  /** False where HTP refused the graph. */
  readonly htp?: boolean;
}

interface NetTensor {
  readonly id?: number;
  readonly type?: number;
  readonly data_type?: number;
  readonly dims?: readonly number[];
  readonly current_dims?: readonly number[];
  readonly quant_params?: { readonly definition?: number; readonly encoding?: number; readonly scale_offset?: { readonly scale: number; readonly offset: number } };
}

/** The faces in `<name>_net.json`, in the order of their ids. Throws ExternalError for a file that is none. */
export function readNetJson(text: string): FoundFaces {
  const { graph } = parse(text, '_net.json') as { graph?: { tensors?: Readonly<Record<string, NetTensor>> } };
  const tensors = Object.entries(graph?.tensors ?? {}).sort(([, a], [, b]) => (a.id ?? 0) - (b.id ?? 0));
  const facing = (type: number): FoundTensor[] => tensors.filter(([, tensor]) => tensor.type === type).map(([name, tensor]) => netTensor(name, tensor));
  const [inputs, outputs] = [facing(0), facing(1)];
  if (inputs.length === 0 || outputs.length === 0) throw unreadable('_net.json', 'it names no inputs or no outputs');
  return { graph: null, build: null, inputs, outputs };
}

interface ContextTensor {
  readonly info?: {
    readonly name?: string;
    readonly dimensions?: readonly number[];
    readonly dataType?: string;
    readonly quantizeParams?: { readonly definition?: string; readonly scaleOffset?: ScaleOffset; readonly scaleOffsetEncoding?: ScaleOffset };
  };
}
interface ScaleOffset {
  readonly scale: number;
  readonly offset: number;
}
interface ContextGraph {
  readonly info?: { readonly graphName?: string; readonly graphInputs?: readonly ContextTensor[]; readonly graphOutputs?: readonly ContextTensor[] };
}

/** The faces of the one graph that `qnn-context-binary-utility` describes. Throws ExternalError for another number of graphs. */
export function readContextJson(text: string): FoundFaces {
  const { info } = parse(text, 'description of the context') as { info?: { buildId?: string; graphs?: readonly ContextGraph[] } };
  const graphs = info?.graphs ?? [];
  const graph = graphs[0]?.info;
  if (graphs.length !== 1 || !graph) throw unreadable('description of the context', `it has ${graphs.length} graphs`);
  return { graph: graph.graphName ?? null, build: info?.buildId ?? null, inputs: (graph.graphInputs ?? []).map(contextTensor), outputs: (graph.graphOutputs ?? []).map(contextTensor) };
}

function netTensor(name: string, { data_type, dims, current_dims, quant_params }: NetTensor): FoundTensor {
  const type = data_type === undefined ? null : dataTypeOf(data_type);
  const shape = current_dims ?? dims;
  if (type === null || !shape) throw unreadable('_net.json', `"${name}" has ${type === null ? `the unknown type ${data_type}` : 'no dimensions'}`);
  const grid = quant_params?.definition === 1 && quant_params.encoding === 0 ? quant_params.scale_offset : undefined;
  return { name, type, dims: shape, scale: grid?.scale ?? null, offset: grid?.offset ?? null };
}

function contextTensor({ info }: ContextTensor): FoundTensor {
  const type = dataTypeNamed(info?.dataType ?? '');
  if (!info?.name || type === null || !info.dimensions) throw unreadable('description of the context', `"${info?.name ?? '?'}" has the type ${info?.dataType ?? '?'} and the dimensions ${info?.dimensions ?? '?'}`);
  const grid = info.quantizeParams?.definition === 'QNN_DEFINITION_UNDEFINED' ? undefined : (info.quantizeParams?.scaleOffset ?? info.quantizeParams?.scaleOffsetEncoding);
  return { name: info.name, type, dims: info.dimensions, scale: grid?.scale ?? null, offset: grid?.offset ?? null };
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(what, (error as Error).message);
  }
}

function unreadable(what: string, why: string): ExternalError {
  return new ExternalError(`The ${what} cannot be read: ${why}.`, 'the SDK’s tools', '', ['Keep the work folder and report it: --keep-workdir DIR.']);
}
