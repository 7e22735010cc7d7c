import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ToolFailure } from './documented-tool.ts';
import { readTextFile } from './read-text-file.ts';

/** What a context is made for. */
export interface HtpConfig {
  readonly socModel: number | null;
  /** Settings of the graph; empty where none names it. */
  readonly graph: Readonly<Record<string, unknown>>;
}

interface Level1 {
  readonly backend_extensions?: { readonly shared_library_path?: string; readonly config_file_path?: string };
}

interface Level2 {
  readonly graphs?: object | readonly object[];
  readonly devices?: readonly { readonly soc_model?: number; readonly soc_id?: number; readonly dsp_arch?: string }[];
}

/**
 * Reads both levels: settings of graphs hold for the names that they list, and a graph that none lists silently gets the defaults. Throws
 * ToolFailure for files that are none, a level 2 file in the place of level 1, and an extension library that is not there.
 */
export function readHtpConfig(path: string, graph: string, cwd: string): HtpConfig {
  const level1 = parse(resolve(cwd, path)) as Level1;
  const { shared_library_path: library, config_file_path: next } = level1.backend_extensions ?? {};
  if (library === undefined || next === undefined) throw new ToolFailure(`Unknown keys in config file ${path}: backend_extensions is required`);
  if (library.includes('/') && !existsSync(resolve(cwd, library))) throw new ToolFailure(`Unable to load backend extensions ${library}`);
  const file = resolve(cwd, next);
  const { graphs = [], devices = [] } = parse(existsSync(file) ? file : resolve(dirname(resolve(cwd, path)), next)) as Level2;
  const all = (Array.isArray(graphs) ? graphs : [graphs]) as Readonly<Record<string, unknown>>[];
  const own = all.find(({ graph_names: names }) => Array.isArray(names) && names.includes(graph));
  return { socModel: devices[0]?.soc_model ?? devices[0]?.soc_id ?? null, graph: own ?? {} };
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readTextFile(path));
  } catch (error) {
    throw error instanceof ToolFailure ? error : new ToolFailure(`Failed to parse config file ${path}`);
  }
}
