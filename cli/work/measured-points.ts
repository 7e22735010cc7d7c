import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import { type CalibrationPoint, compiledFigures, type EstimatePrecision } from '../../converters/estimate/index.ts';
import type { HtpToolchain } from '../../converters/htp/index.ts';
import type { HtpSoc } from '../../converters/rules/index.ts';
import type { Report, ReportLatency, ReportVariant } from '../../reports/model/report.ts';
import { openModel } from './open-model.ts';
import { readRunReport } from './read-run-report.ts';

/** A run, as somebody named it. */
export interface MeasuredRun {
  readonly named: string;
  readonly runs: string;
  readonly cwd: string;
}

export interface MeasuredPoints {
  readonly points: readonly CalibrationPoint[];
  readonly notes: readonly string[];
}

interface Tools {
  readonly progress: (note: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Latencies that a run measured on phones' HTP in a precision, each beside what the compiler says of the very file that was measured. Throws
 * UserError where the run has none: what was measured on this machine or on a virtual phone says nothing about a chip.
 */
export async function measuredPoints(
  { named, runs, cwd }: MeasuredRun, toolchain: HtpToolchain, soc: HtpSoc, precision: EstimatePrecision, { progress, signal }: Tools,
): Promise<MeasuredPoints> {
  const { path, report } = readRunReport(named, runs, cwd);
  const variants = new Map(report.variants.map((variant) => [variant.id, variant]));
  const onPhones = report.latencies.filter(isOnHtp);
  if (onPhones.length === 0) throw new UserError(`${report.run.id} measured nothing on a phone's HTP.`, [`It has ${seen(report)}; fits need measured(device) on htp.`]);
  const points: CalibrationPoint[] = [];
  for (const { variant: id, ms } of onPhones) {
    const variant = variants.get(id);
    if (!variant || precisionOf(variant) !== precision) continue;
    progress(`compiling ${id} for ${soc.chip}`);
    const file = fileOf(variant, dirname(path));
    const { model, close } = openModel(file);
    try {
      const { macs, bytes, operators } = await compiledFigures(toolchain, { modelPath: file, soc, signal }, model);
      points.push({ source: report.run.id, model: id, chip: soc.chip, precision, ms: ms.center, macs, bytes, operators });
    } finally {
      close();
    }
  }
  const devices = [...new Set(onPhones.map(({ device }) => device))].join(', ');
  return { points, notes: [`Fitted to ${report.run.id}, measured on ${devices}, taken to be a ${soc.chip} as the target says.`] };
}

function isOnHtp({ evidence, effectiveUnit }: ReportLatency): boolean {
  return evidence === 'measured(device)' && effectiveUnit.startsWith('htp');
}

function seen({ latencies }: Report): string {
  return [...new Set(latencies.map(({ evidence, effectiveUnit }) => `${evidence} on ${effectiveUnit}`))].join(', ') || 'no latencies';
}

/** HTP computes floats in fp16, whatever they are stored in. */
function precisionOf({ precision }: ReportVariant): string {
  return precision === 'fp32' ? 'fp16' : precision;
}

function fileOf({ id, file }: ReportVariant, directory: string): string {
  const path = file === null ? null : join(directory, file);
  if (path !== null && existsSync(path)) return path;
  throw new UserError(`The model file of ${id} is not in ${directory} any more.`, ['Name a run directory that still has its artifacts.']);
}
