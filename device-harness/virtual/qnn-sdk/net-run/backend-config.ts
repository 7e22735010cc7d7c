import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { QnnBackend } from '../../../../converters/qnn/artifact.ts';
import type { ToolCall } from '../tool.ts';
import { ToolFailure } from '../tools/documented-tool.ts';
import { loadLibrary } from './libraries.ts';
import type { Phone } from './phone.ts';

/** What the two configuration files of a run come to. */
export interface BackendConfig {
  readonly perfProfile: string | null;
  /** Settings that name this graph; null where they name others, and it runs with defaults. */
  readonly graph: Readonly<Record<string, unknown>> | null;
  /** Graph names that the settings have. */
  readonly namedGraphs: readonly string[];
}

/** Level 1: what `--config_file` names (QNN documentation, htp_backend). */
const LEVEL_1 = z.strictObject({
  backend_extensions: z.strictObject({ shared_library_path: z.string(), config_file_path: z.string().optional() }).optional(),
  context_configs: z.strictObject({
    context_priority: z.enum(['low', 'normal', 'normal_high', 'high']).optional(), enable_graphs: z.array(z.string()).optional(), is_persistent_binary: z.boolean().optional(),
    cache_compatibility_mode: z.enum(['permissive', 'strict']).optional(), async_execute_queue_depth: z.number().optional(), memory_limit_hint: z.number().optional(),
  }).optional(),
  graph_configs: z.array(z.strictObject({ graph_name: z.string(), graph_priority: z.enum(['low', 'normal', 'normal_high', 'high']).optional(), graph_profiling_start_delay: z.number().optional(), graph_profiling_num_executions: z.number().optional() })).optional(),
  profile_configs: z.strictObject({ num_max_events: z.number().int().positive() }).optional(),
});

const GRAPH = z.strictObject({
  graph_names: z.array(z.string()), vtcm_mb: z.number().optional(), O: z.union([z.literal(1), z.literal(2), z.literal(3)]).optional(), dlbc: z.union([z.literal(0), z.literal(1)]).optional(),
  hvx_threads: z.number().int().optional(), fp16_relaxed_precision: z.union([z.literal(0), z.literal(1)]).optional(),
});

const PERF_PROFILES = z.enum([
  'low_balanced', 'balanced', 'default', 'high_performance', 'sustained_high_performance', 'burst', 'low_power_saver', 'power_saver', 'high_power_saver', 'extreme_power_saver', 'system_settings',
]);

const DEVICE = z.strictObject({
  device_id: z.number().int().optional(), soc_model: z.number().int().optional(), soc_id: z.number().int().optional(), dsp_arch: z.string().regex(/^v\d+$/).optional(),
  pd_session: z.enum(['unsigned', 'signed']).optional(), profiling_level: z.literal('linting').optional(), use_client_context: z.boolean().optional(),
  cores: z.array(z.strictObject({
    core_id: z.number().int().optional(), perf_profile: PERF_PROFILES.optional(), rpc_control_latency: z.number().optional(), rpc_polling_time: z.number().min(0).max(9999).optional(),
    hmx_timeout_us: z.number().optional(),
  })).optional(),
});

const CONTEXT = z.strictObject({
  weight_sharing_enabled: z.boolean().optional(), max_spill_fill_buffer_for_group: z.number().optional(), group_id: z.number().optional(), file_read_memory_budget_in_mb: z.number().optional(),
  io_memory_estimation: z.boolean().optional(),
});

/** Level 2: settings of HTP. `graphs` and `context` are single objects in older examples. */
const LEVEL_2 = z.strictObject({
  graphs: z.union([GRAPH, z.array(GRAPH)]).optional(), devices: z.array(DEVICE).optional(), context: z.union([CONTEXT, z.array(CONTEXT)]).optional(),
  memory: z.strictObject({ mem_type: z.literal('shared_buffer') }).optional(), groupContext: z.strictObject({ share_resources: z.boolean() }).optional(),
});

/**
 * Reads `--config_file` and the file that it names, both strictly. Settings for a graph of another name have no effect and no message, as in the
 * real runner. Throws ToolFailure for unknown keys, a library that is not there, another Hexagon version, and a signed process domain.
 */
export function readBackendConfig(path: string, graphName: string, backend: QnnBackend, phone: Phone, call: ToolCall): BackendConfig {
  const { backend_extensions: extensions } = read(path, LEVEL_1, call);
  if (!extensions) return { perfProfile: null, graph: null, namedGraphs: [] };
  return readSettings(extensions.shared_library_path, extensions.config_file_path ?? null, graphName, backend, phone, call);
}

/** Loads the library that reads settings of a back end, and reads them. Throws as `readBackendConfig` does. */
export function readSettings(library: string, path: string | null, graphName: string, backend: QnnBackend, phone: Phone, call: ToolCall): BackendConfig {
  const { name } = loadLibrary(library, call);
  if (name !== EXTENSIONS[backend]) throw new ToolFailure(`Unable to load backend extensions: ${name} is not for this backend.`);
  const settings = path === null || backend !== 'htp' ? {} : read(path, LEVEL_2, call);
  for (const device of settings.devices ?? []) assertDevice(device, phone);
  const graphs = [settings.graphs ?? []].flat();
  const core = settings.devices?.flatMap(({ cores = [] }) => cores).find(({ perf_profile }) => perf_profile !== undefined);
  return {
    perfProfile: core?.perf_profile ?? null, namedGraphs: graphs.flatMap(({ graph_names }) => graph_names),
    graph: graphs.find(({ graph_names }) => graph_names.includes(graphName)) ?? null,
  };
}

const EXTENSIONS: Readonly<Record<QnnBackend, string>> = { htp: 'libQnnHtpNetRunExtensions.so', gpu: 'libQnnGpuNetRunExtensions.so', cpu: 'libQnnCpuNetRunExtensions.so' };

function read<T>(path: string, schema: z.ZodType<T>, { cwd }: ToolCall): T {
  const parsed = schema.safeParse(parse(resolve(cwd, path), path));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ToolFailure(`Error parsing config file ${path}: ${[...(issue?.path ?? []), issue?.message].join(': ')}`);
}

function parse(file: string, named: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch (error) {
    throw new ToolFailure(`Error parsing config file ${named}: ${(error as Error).message}`);
  }
}

function assertDevice({ dsp_arch: arch, pd_session: session }: z.infer<typeof DEVICE>, { chip }: Phone): void {
  if (arch !== undefined && arch !== `v${chip?.hexagon}`) throw new ToolFailure(`Request feature arch with value ${arch.slice(1)} unsupported\nDevice Creation failure, error: 14001`);
  if (session === 'signed') throw new ToolFailure('signature does not match: the skeleton library is unsigned\nDevice Creation failure, error: 14001');
}
