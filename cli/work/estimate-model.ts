import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynoError, UserError } from '../../models/contracts/errors.ts';
import { parseTarget } from '../../models/contracts/selectors.ts';
import type { Model } from '../../models/graph/model.ts';
import { staticShape } from '../../models/graph/types.ts';
import { writeModel } from '../../models/onnx/write.ts';
import { createHostExecutor } from '../../models/run/host-executor.ts';
import { seededInputs } from '../../models/run/seeded-inputs.ts';
import {
  CALIBRATED_WITH, CALIBRATION_POINTS, type CalibrationPoint, type CompiledFigures, compiledFigures, estimateLatency, type EstimatePrecision, type EstimateRefusal,
  inFittedForm, quantizationOf, type LatencyEstimate, refusedForPoints,
} from '../../converters/estimate/index.ts';
import { type HtpToolchain, openHtpToolchain } from '../../converters/htp/index.ts';
import { type HtpSoc, resolveSoc } from '../../converters/rules/index.ts';
import { inputContract, realInputs } from './contract.ts';
import { type MeasuredRun, measuredPoints } from './measured-points.ts';
import type { ModelRef } from './model-refs.ts';
import { contractsOf, openModel } from './open-model.ts';

export interface EstimateJob {
  readonly ref: ModelRef;
  readonly target: string;
  readonly precision: EstimatePrecision;
  /** `NAME=1x3x128x128`, for inputs that are open. */
  readonly shapes: readonly string[];
  /** A run of one's own to fit to; null takes the published latencies. */
  readonly calibrate: MeasuredRun | null;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: (note: string) => void;
  readonly signal: AbortSignal;
}

export interface EstimateOutcome {
  readonly evidence: 'estimated';
  readonly estimate: LatencyEstimate | EstimateRefusal;
  /** Null where it was refused before anything was compiled. */
  readonly figures: { readonly macs: number; readonly bytes: number; readonly qairt: string | null } | null;
  readonly notes: readonly string[];
}

/** Estimates one model on one chip. Throws UserError where the compiler is not here, or part of the model stays on the CPU. */
export async function estimateModel(job: EstimateJob): Promise<EstimateOutcome> {
  const { precision, target, calibrate, signal, progress } = job;
  const selector = parseTarget(target);
  if (selector.kind !== 'htp') throw new UserError(`${target}: latencies are estimated for htp targets only.`, ['Name a chip: --target htp:SM8650.']);
  const { soc, note } = resolveSoc(selector.hardware);
  const toolchain = openHtpToolchain(job.env);
  if (toolchain instanceof DynoError) throw toolchain;
  try {
    const measured = calibrate === null ? null : await measuredPoints(calibrate, toolchain, soc, precision, { progress, signal });
    const points: readonly CalibrationPoint[] = measured?.points ?? CALIBRATION_POINTS;
    const notes = [...(note === null ? [] : [note]), ...(measured?.notes ?? [])];
    const tooFew = refusedForPoints(soc.chip, precision, points);
    if (tooFew) return { evidence: 'estimated', estimate: tooFew, figures: null, notes };
    const compiled = await compiledForm(job, toolchain, soc);
    const { macs, bytes, report } = compiled.figures;
    const estimate = estimateLatency(compiled.figures, soc.chip, precision, points);
    const all = [...notes, ...compiled.notes, ...(measured ? [] : otherCompiler(report.build))];
    return { evidence: 'estimated', estimate, figures: { macs, bytes, qairt: report.build }, notes: all };
  } finally {
    await toolchain.close();
  }
}

/** The model in the form that the points were compiled in, compiled for the chip. */
async function compiledForm(job: EstimateJob, toolchain: HtpToolchain, soc: HtpSoc): Promise<{ figures: CompiledFigures; notes: string[] }> {
  const { ref, precision, shapes, progress, signal } = job;
  const { onnx, model, close } = openModel(ref.path, shapes);
  const executor = createHostExecutor();
  const folder = await mkdtemp(join(tmpdir(), 'dyno-estimate-'));
  try {
    refuseOpenSizes(model);
    refuseOtherPrecision(model, precision);
    const quantizes = precision === 'w8a8' && quantizationOf(model) === 'none';
    progress(quantizes ? 'quantizing' : 'compiling');
    const { name: imageInput, range } = inputContract(model, ref);
    const specs = realInputs(model).map(({ name, type }) => ({ name, dtype: type.dtype, dims: type.shape ?? [], ...(name === imageInput ? { range } : {}) }));
    const feeds = quantizes ? seededInputs(specs, { seed: 1, kinds: ['unit'] }) : [];
    const formed = await inFittedForm(model, { precision, executor, modelPath: ref.path, feeds, contracts: contractsOf(model, ref), signal });
    const path = join(folder, 'model.onnx');
    await writeModel(formed.toProto(), path, { from: onnx, signal });
    progress(`compiling for ${soc.chip}`);
    const figures = await compiledFigures(toolchain, { modelPath: path, soc, signal }, model);
    return { figures, notes: quantizes ? [QUANTIZED_HERE] : [] };
  } finally {
    close();
    await executor.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const QUANTIZED_HERE =
  'Compiled as W8A8 with bytes and channels last in and out, as the measured networks were; its ranges come from random inputs and are for traffic only.';

function refuseOpenSizes(model: Model): void {
  const open = realInputs(model).find(({ type }) => !staticShape(type));
  if (!open) return;
  const sizes = (open.type.shape ?? []).map((dim) => (typeof dim === 'number' ? dim : 'N')).join('x');
  throw new UserError(`"${open.name}" has open dimensions; a latency belongs to one size.`, [`Give it sizes: --static ${open.name}=${sizes}`]);
}

function refuseOtherPrecision(model: Model, precision: EstimatePrecision): void {
  const quantization = quantizationOf(model);
  if (quantization === 'none' || quantization === precision) return;
  const how = quantization === 'other' ? ' in other widths than 8 bits' : '';
  throw new UserError(`The model is quantized${how}: it does not run in ${precision}.`, ['Estimate the float model that it came from.']);
}

function otherCompiler(build: string | null): string[] {
  return build === CALIBRATED_WITH.qairt ? [] : [`The fit is of figures by QAIRT ${CALIBRATED_WITH.qairt}, this one is compiled by ${build ?? '?'}: traffic may differ.`];
}
