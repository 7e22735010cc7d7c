/** How the accelerator is told to trade speed against power. */
export type PerfMode = 'burst' | 'sustained' | 'balanced';

/** QNN's names: `burst` holds the highest clock, `sustained_high_performance` one that can be held for long, `balanced` lets it fall between inferences. */
export const PERF_PROFILES: Readonly<Record<PerfMode, string>> = { burst: 'burst', sustained: 'sustained_high_performance', balanced: 'balanced' };

export interface HtpSettings {
  readonly perf: PerfMode;
  /** Graph name as it stands in the artifact: settings for another name are passed over in silence. */
  readonly graph: string;
  /** Hexagon version, e.g. 75. */
  readonly hexagon: number;
  /** QNN's number of the chip. */
  readonly socModel: number;
  /** A graph that is prepared on the phone takes these; a context binary brings its own. */
  readonly prepares: boolean;
}

/** Names that the two files have on the phone. */
export const HTP_FILES = { levelOne: 'config.json', levelTwo: 'htp.json' } as const;

/** Sleep latency in µs for `burst`, as in Qualcomm's examples. */
const RPC_LATENCY_US = 100;

/** Level 1: where the extension and its file are. Paths are relative to the folder that the tool runs in. */
export function levelOneConfig(): object {
  return { backend_extensions: { shared_library_path: 'libQnnHtpNetRunExtensions.so', config_file_path: HTP_FILES.levelTwo } };
}

/** Level 2: what the HTP back end is told. */
export function levelTwoConfig({ perf, graph, hexagon, socModel, prepares }: HtpSettings): object {
  return {
    graphs: [{ graph_names: [graph], ...(prepares ? { vtcm_mb: 0, O: 3, fp16_relaxed_precision: 1 } : {}) }],
    devices: [{ soc_model: socModel, dsp_arch: `v${hexagon}`, pd_session: 'unsigned', cores: [{ perf_profile: PERF_PROFILES[perf], rpc_control_latency: RPC_LATENCY_US }] }],
  };
}
