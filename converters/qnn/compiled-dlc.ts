import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ExternalError } from '../../models/contracts/errors.ts';
import { cacheFolder } from '../toolchain/index.ts';
import { type CompileReport, type CompileRequest, compileForHtp, type HtpToolchain } from '../htp/index.ts';
import { cacheKey } from '../htp/result-cache.ts';
import { savedFolder } from '../htp/saved-folder.ts';
import type { QnnTensor } from './artifact.ts';
import type { CompiledFace } from './compiled-face.ts';
import { dataTypeOf } from './data-types.ts';

export interface SavedDlc {
  readonly report: CompileReport;
  /** Null where the model is not one graph, or none came out. */
  readonly dlc: { readonly path: string; readonly sha256: string; readonly face: CompiledFace } | null;
}

/** Conversions at the face stay in the graph: its tensors then have the model's names and types. */
const WHOLE_FACE = { offload_graph_io_quantization: '0' };

/**
 * A model as a DLC by the writer of onnxruntime-qnn, kept by content, with its face as the graph JSON of the same session states it. What HTP
 * refuses is not in it: the provider asks that back end alone. Throws as `compileForHtp` does, and ExternalError when nothing was written.
 */
export async function savedDlc(toolchain: HtpToolchain, request: CompileRequest, cache = cacheFolder()): Promise<SavedDlc> {
  const asked = { ...request, options: { ...request.options, more: { ...request.options?.more, ...WHOLE_FACE } } };
  const { folder, value, files } = await savedFolder(join(cache, 'htp', 'dlc'), await cacheKey('dlc', toolchain, asked), async (fresh) => {
    const dump = join(fresh, 'dump');
    await mkdir(dump);
    const more = { ...asked.options.more, dump_json_qnn_graph: '1', json_qnn_graph_dir: dump, dump_qnn_ir_dlc: '1', dump_qnn_ir_dlc_dir: dump };
    const report = await compileForHtp(toolchain, { ...asked, options: { ...asked.options, more }, withIrBackend: true });
    const names = readdirSync(dump).filter((name) => name.endsWith('.dlc'));
    const [name] = names;
    const keep = report.failure === null && report.htpGraphs === 1 && report.cpuNodes === 0;
    if (keep && name === undefined) throw new ExternalError('The DLC could not be written.', 'onnxruntime-qnn', readdirSync(dump).join('\n'));
    const graph = name?.replace(/\.dlc$/, '') ?? '';
    if (keep) await Promise.all(['dlc', 'json'].map((kind) => rename(join(dump, `${graph}.${kind}`), join(fresh, `model.${kind}`))));
    await rm(dump, { recursive: true });
    return { value: { report: { ...report, options: {} }, graph }, keep };
  });
  const file = files.find((saved) => saved.name === 'model.dlc');
  if (!file) return { report: value.report, dlc: null };
  const path = join(folder, file.name);
  return { report: value.report, dlc: { path, sha256: file.sha256, face: { graph: value.graph, ...tensorsOf(join(folder, 'model.json')) } } };
}

interface StoredTensor {
  readonly type: number;
  readonly data_type: number;
  readonly dims: readonly number[];
  readonly quant_params?: { readonly definition: number; readonly encoding: number; readonly scale_offset?: { readonly scale: number; readonly offset: number } };
}

/** What an application writes and reads (Qnn_TensorType_t 0 and 1). */
function tensorsOf(path: string): Pick<CompiledFace, 'inputs' | 'outputs'> {
  const { graph } = JSON.parse(readFileSync(path, 'utf8')) as { graph: { tensors: Record<string, StoredTensor> } };
  const ofType = (wanted: number): QnnTensor[] => Object.entries(graph.tensors).filter(([, { type }]) => type === wanted).map(([name, tensor]) => tensorOf(name, tensor));
  return { inputs: ofType(0), outputs: ofType(1) };
}

/** Scales are left out: integers at the face are the model's own, no float is turned into them. */
function tensorOf(name: string, { data_type: code, dims }: StoredTensor): QnnTensor {
  const type = dataTypeOf(code);
  if (type === null) throw new ExternalError(`Tensor "${name}" of the DLC has a type that is not known: 0x${code.toString(16)}.`, 'onnxruntime-qnn', '');
  return { name, onnxName: name, type, dims, axes: null, scale: null, offset: null };
}
