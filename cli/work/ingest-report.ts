import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FailedBlock } from '../../device-harness/index.ts';
import type { PackedModel } from '../../device-harness/pack/plan.ts';
import type { TakenResults } from '../../device-harness/pack/take-results.ts';
import { isCoreMlPath } from '../../converters/coreml/package/core-ml-path.ts';
import type { DeviceRecord, Measurement } from '../../models/contracts/records.ts';
import { buildReport } from '../../reports/model/build-report.ts';
import type { Report } from '../../reports/model/report.ts';
import { readEnvironment } from '../pipeline/environment.ts';
import { REPORT_FILES, renderings } from '../pipeline/render-report.ts';
import { runId } from '../pipeline/run-directory.ts';
import { inspectModel } from '../pipeline/steps/inspect.ts';
import { writeFileSafely } from '../write-file.ts';

/** Results of a phone elsewhere, as records and as a report in a folder that `dyno report` reads. */
export interface Ingested {
  readonly folder: string;
  readonly report: Report;
  readonly measurements: readonly Measurement[];
  readonly failures: readonly FailedBlock[];
  readonly notes: readonly string[];
}

export interface IngestReportRequest {
  /** The archive that was read. */
  readonly path: string;
  /** Folder of runs. */
  readonly runs: string;
  readonly plan: { readonly target: string; readonly seed: number; readonly models: readonly Pick<PackedModel, 'id' | 'path' | 'sha256'>[] };
  /** The phone, for the title. */
  readonly whose: string;
  readonly device: DeviceRecord;
  readonly taken: Pick<TakenResults, 'finished' | 'failures'>;
  readonly measurements: readonly Measurement[];
  /** What a reader has to know, e.g. what was not compared, and why. */
  readonly notes: readonly IngestNote[];
}

export interface IngestNote {
  readonly code: 'not-compared' | 'other-chip';
  readonly text: string;
}

/** Writes the report of an ingest into a run folder of its own. */
export function writeIngestReport(request: IngestReportRequest): Ingested {
  const { measurements, notes, taken, runs } = request;
  const report = reportOf(request);
  const folder = join(runs, report.run.id);
  mkdirSync(folder, { recursive: true });
  const forms = renderings(report, folder);
  for (const [kind, name] of Object.entries(REPORT_FILES)) writeFileSafely(join(folder, name), forms[kind]?.() ?? '');
  return { folder, report, measurements, failures: taken.failures, notes: notes.map(({ text }) => text) };
}

function reportOf({ path, plan, whose, device, taken, measurements, notes }: IngestReportRequest): Report {
  const now = new Date().toISOString();
  const inspected = plan.models.map(({ id, path: file, sha256 }) => (existsSync(file) && !isCoreMlPath(file) ? inspectModel({ id, path: file }, sha256, id) : null));
  return buildReport({
    run: {
      id: runId(new Date(), plan.models.map(({ id, path: file }) => ({ id, path: file }))), title: `${plan.models.map(({ id }) => id).join(', ')} on ${whose}`,
      startedAt: taken.finished.map(({ block }) => block.startedAt).sort()[0] ?? now, finishedAt: now, command: `dyno ingest ${path}`, resumed: false, seed: plan.seed,
    },
    environment: readEnvironment(),
    models: inspected.flatMap((one) => (one ? [one.model] : [])),
    variants: plan.models.map((model, i) => inspected[i]?.variant ?? {
      id: model.id, title: 'As packed', model: model.id, target: plan.target, precision: 'unknown', file: null, sha256: model.sha256, bytes: 0, nodes: null, parameters: null, macs: null, maxRank: null,
    }),
    devices: [device],
    measurements: [...measurements],
    warnings: [
      ...notes.map((note) => ({ ...note, hint: null })),
      ...taken.failures.map(({ spec, message }) => ({ code: 'block-failed', text: `${spec.variant} on ${device.device}, ${spec.unit}: ${message}`, hint: null })),
    ],
  });
}
