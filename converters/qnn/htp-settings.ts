import type { HtpSoc } from '../rules/index.ts';
import type { PlannedFile, QnnPrecision } from './chain-request.ts';

/** Names of the two files, relative to the work folder, where tools look for them. */
export const LEVEL1 = 'htp-backend.json';
const LEVEL2 = 'htp.json';

/**
 * The settings of the HTP back end on two levels: the first names the library that reads the second. Settings of a graph hold for the names in
 * `graph_names` only; a wrong name silently gives defaults, so the name is compared with what was produced.
 */
export function htpSettings(graph: string, soc: HtpSoc, precision: QnnPrecision, library: string): readonly PlannedFile[] {
  const level1 = { backend_extensions: { shared_library_path: library, config_file_path: LEVEL2 } };
  const level2 = {
    graphs: [{ graph_names: [graph], vtcm_mb: 0, O: 3, ...(precision === 'fp32' ? { fp16_relaxed_precision: 1 } : {}) }],
    devices: [{ soc_model: soc.socModel, dsp_arch: `v${soc.hexagon}` }],
  };
  return [{ path: LEVEL1, text: json(level1) }, { path: LEVEL2, text: json(level2) }];
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
