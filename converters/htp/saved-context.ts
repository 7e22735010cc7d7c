import { join } from 'node:path';
import { cacheFolder } from '../toolchain/index.ts';
import { type CompileRequest, compileForHtp } from './compile.ts';
import type { CompileReport } from './compile-report.ts';
import { cacheKey } from './result-cache.ts';
import { savedFolder } from './saved-folder.ts';
import type { HtpToolchain } from './toolchain.ts';

/** A compiled graph on disk: what a phone would load. */
export interface SavedContext {
  /** ONNX file that stands for the compiled graph and names its binaries beside itself. */
  readonly modelPath: string;
  /** The context binary; more than one where the model falls into several contexts. */
  readonly binaries: readonly SavedBinary[];
}

export interface SavedBinary {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface SavedCompilation {
  readonly report: CompileReport;
  /** Null where no graph came out for HTP. */
  readonly context: SavedContext | null;
  /** True when no compiler ran. */
  readonly cached: boolean;
}

const MODEL = 'model_ctx.onnx';

/**
 * Compiles a model for a chip and keeps its context binary, by content: the same model, chip, options and libraries are compiled once. Files
 * that were damaged since are made anew. A folder appears whole or not at all. Throws as `compileForHtp` does, and when the disk is full.
 */
export async function savedContext(toolchain: HtpToolchain, request: CompileRequest, cache = cacheFolder()): Promise<SavedCompilation> {
  const key = await cacheKey('context', toolchain, request);
  const { folder, value: report, files, cached } = await savedFolder(join(cache, 'htp', 'contexts'), key, async (fresh) => {
    const session = { ...request.session, 'ep.context_enable': '1', 'ep.context_file_path': join(fresh, MODEL), 'ep.context_embed_mode': '0' };
    const value = await compileForHtp(toolchain, { ...request, session });
    return { value, keep: value.failure === null && value.htpGraphs > 0 };
  });
  if (files.length === 0) return { report, context: null, cached };
  const binaries = files.filter(({ name }) => name.endsWith('.bin')).map(({ name, bytes, sha256 }) => ({ path: join(folder, name), bytes, sha256 }));
  return { report, context: { modelPath: join(folder, MODEL), binaries }, cached };
}
