import { join } from 'node:path';
import { openHtpToolchain } from '../../converters/htp/index.ts';
import { DynoError, UserError } from '../../models/contracts/errors.ts';
import type { Emit } from '../../models/contracts/events.ts';
import type { SweepReport } from '../../reports/sweep/sweep-schema.ts';
import type { Resolved } from '../config/resolve.ts';
import { readEnvironment } from '../pipeline/environment.ts';
import type { RunControl } from '../pipeline/run-control.ts';
import { runSteps } from '../pipeline/run-steps.ts';
import { plural } from '../ui/numbers.ts';
import { checkExecutors } from '../work/quality-executors.ts';
import { checkDevices } from '../work/open-devices.ts';
import { parseProtocol } from '../../reports/quality/protocol.ts';
import { type ColumnRequest, columnRequests, ownColumn } from './columns.ts';
import type { Filters } from './filters.ts';
import { type Matrix, planMatrix } from './matrix.ts';
import { planSweep, type SweepPlan } from './plan-sweep.ts';
import { type SweepSettings, sweepSettings } from './settings.ts';
import type { SweepFile } from './sweep-file.ts';
import { usualScales } from './source.ts';
import { sweepTable } from './sweep-table.ts';
import type { SweepTools } from './tools.ts';

/** A sweep that was looked through, and not begun. */
export interface PreparedSweep {
  readonly file: SweepFile;
  readonly matrix: Matrix;
  readonly requests: readonly ColumnRequest[];
  readonly settings: SweepSettings;
  readonly plan: SweepPlan;
}

export interface PrepareRequest {
  readonly file: SweepFile;
  readonly filters: Filters;
  /** Variants at most. */
  readonly limit: number;
  readonly resolved: Resolved;
  readonly tools: SweepTools;
}

/** Plans a sweep. Throws UserError for a matrix beyond the limit, and for every name that nobody knows, before anything runs. */
export async function prepareSweep({ file, filters, limit, resolved, tools }: PrepareRequest): Promise<PreparedSweep> {
  const matrix = planMatrix(file, filters, usualScales(file.models));
  const count = matrix.variants.length;
  if (count > limit) {
    throw new UserError(`The matrix has ${count} variants, more than ${limit}.`, [`Narrow it with --only AXIS=VALUE, or allow it: --limit ${count}`]);
  }
  const shown = columnRequests(file);
  const hidden = (file.pareto ?? []).flat().map((text) => ownColumn(text, null, {}));
  const settings = await sweepSettings(file, resolved);
  if (settings.bench) checkDevices(settings.bench, settings.farms);
  checkExecutors(settings.quality.on);
  for (const protocol of settings.quality.metrics) parseProtocol(protocol);
  const { dyno, libraries } = readEnvironment();
  const versions = { dyno, ...libraries };
  const toolchain = openHtpToolchain(tools.env);
  const compilerVersions = { ...versions, compiler: toolchain instanceof DynoError ? null : toolchain.packages };
  if (!(toolchain instanceof DynoError)) await toolchain.close();
  const plan = await planSweep({ file, variants: matrix.variants, columns: [...shown, ...hidden], settings, tools, versions, compilerVersions });
  return { file, matrix, requests: shown, settings, plan };
}

export interface RunSweepOptions {
  readonly directory: string;
  readonly command: string;
  readonly emit: Emit;
  readonly control: RunControl;
  readonly signal: AbortSignal;
}

/** Does what is not done yet in the sweep's folder, and lays out the table. What was finished there for the same inputs is taken over. */
export async function runSweep({ file, matrix, requests, settings, plan }: PreparedSweep, { directory, command, emit, control, signal }: RunSweepOptions): Promise<SweepReport> {
  const outputs = await runSteps(plan.steps, { directory, emit, control, signal, verdict: () => ({ exitCode: 0, verdict: `${plural(matrix.variants.length, 'variant')}.` }) });
  return sweepTable({ file, matrix, plan, requests, settings, outputs, command, environment: readEnvironment() });
}

/** Folder of a sweep beside the runs of the project. */
export function sweepDirectory(runs: string, name: string): string {
  return join(runs, '..', 'sweeps', name);
}
