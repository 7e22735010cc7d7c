import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { QnnSdk } from '../../../converters/qnn/sdk.ts';
import { DynoError, ExternalError } from '../../../models/contracts/errors.ts';
import type { OperationProfile } from '../../../models/contracts/records.ts';
import type { Variant } from '../device.ts';
import type { Deployed } from './deploy.ts';
import { withModel } from './model-face.ts';
import { mapOperations } from './profile/map-operations.ts';
import { type OptraceFigures, parseQhas } from './profile/parse-qhas.ts';
import { runViewer } from './profile/read-log.ts';
import type { Workplace } from './workplace.ts';

type Profiled = Pick<OperationProfile, 'level' | 'cycles' | 'operations'>;

/** Cycles vary from run to run; their mean over a few is told. */
const RUNS = 5;

/** Where the time of a model goes, operation by operation. From an optrace where the context binary was made for it and the SDK reads it, else from the detailed level. */
export async function profilePhone(place: Workplace, variant: Variant, unit: string, allowanceMs: number, signal?: AbortSignal): Promise<Profiled> {
  const deployed = await place.deployed(variant, unit, signal);
  const { path } = deployed.artifact.source;
  const trace = await optrace(place, deployed, allowanceMs, signal);
  if (trace) return withModel(path, (model) => ({ level: 'optrace', cycles: trace.cycles, operations: mapOperations(trace.operations, model) }));
  const { figures } = await place.run(deployed, { runs: RUNS, level: 'detailed', limitMs: 3 * allowanceMs, fetch: 'log' }, signal);
  if (figures.operations.length === 0) throw new ExternalError(`The profiling log names no operation of ${variant.id} on ${unit}.`, 'qnn-profile-viewer', '', ['Operations are told apart on HTP; take --unit htp.']);
  return withModel(path, (model) => ({ level: 'detailed', cycles: figures.cycles, operations: mapOperations(figures.operations, model) }));
}

/** Null where there is no schematic beside the context binary, no reader in the SDK, or the reader does not succeed: the detailed level tells less, but it tells. */
async function optrace(place: Workplace, deployed: Deployed, allowanceMs: number, signal: AbortSignal | undefined): Promise<OptraceFigures | null> {
  const { sdk, environment } = place.options;
  const { path, graph } = deployed.artifact;
  const schematic = join(dirname(path), `${graph}_schematic.bin`);
  const reader = readerOf(sdk);
  if (!existsSync(schematic) || reader === null) return null;
  try {
    const { log } = await place.run(deployed, { runs: 1, level: 'detailed', limitMs: 3 * allowanceMs, fetch: 'log', flags: ['--profiling_option', 'optrace'] }, signal);
    const [settings, output] = [`${log}.json`, `${log}.trace.json`];
    writeFileSync(settings, JSON.stringify({ features: { qhas_json: true } }));
    await runViewer(sdk, ['--config', settings, '--schematic', schematic, '--reader', reader, '--input_log', log, `--output=${output}`], { environment, ...(signal ? { signal } : {}) });
    const summary = output.replace(/\.json$/, '_qnn_htp_analysis_summary.json');
    return existsSync(summary) ? parseQhas(readFileSync(summary, 'utf8')) : null;
  } catch (error) {
    if (signal?.aborted || !(error instanceof DynoError)) throw error;
    return null;
  }
}

function readerOf({ root, host }: QnnSdk): string | null {
  const path = host === null ? null : join(root, 'lib', host, 'libQnnHtpOptraceProfilingReader.so');
  return path !== null && existsSync(path) ? path : null;
}
