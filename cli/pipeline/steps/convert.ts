import { join } from 'node:path';
import { releaseOf } from '../../../converters/coreml/plan.ts';
import { readPackage } from '../../../converters/coreml/package/read-package.ts';
import { summariseFunction } from '../../../converters/coreml/package/summary.ts';
import { type CoremlToolchain, openCoremlToolchain } from '../../../converters/coreml/toolchain.ts';
import { DynoError } from '../../../models/contracts/errors.ts';
import type { PackageRecord } from '../../../models/contracts/records.ts';
import { formatBytes } from '../../../reports/model/format.ts';
import type { CoremlSettings } from '../../config/config.ts';
import type { ConvertOutcome } from '../../work/convert-model.ts';
import { coremlOptions } from '../../work/coreml-options.ts';
import type { ModelRef } from '../../work/model-refs.ts';
import { hashFolder } from '../hash.ts';
import type { ConvertOutput, VariantOutput } from '../outputs.ts';
import type { Step, StepContext, StepResult } from '../step.ts';

export interface ConvertStepOptions {
  readonly ref: ModelRef;
  /** Step that made the variant. */
  readonly rewritten: string;
  readonly target: string;
  /** Sizes of inputs that the file leaves open, `NAME=1x3x128x128`. */
  readonly shapes: readonly string[];
  readonly settings: CoremlSettings;
  readonly seed: number;
  readonly env: NodeJS.ProcessEnv;
}

/** A Core ML package of what was rewritten for a Neural Engine, compared with it on this machine. Without coremltools the step is skipped, and the run goes on. */
export function convertStep(options: ConvertStepOptions): Step {
  const { ref, rewritten, target, shapes, settings, seed, env } = options;
  const toolchain = openCoremlToolchain(env);
  const missing = toolchain instanceof DynoError ? [toolchain.message, ...toolchain.nextSteps].join(' ') : null;
  return {
    id: `convert:${ref.id}`,
    kind: 'convert',
    title: `Convert ${ref.id} to Core ML for iOS ${settings.minIos}`,
    needs: [rewritten],
    key: { target, shapes, settings, seed, tools: toolchain instanceof DynoError ? null : toolchain.version },
    async run(context) {
      if (!(toolchain instanceof DynoError)) return convert(toolchain, options, context);
      context.warn('no-coreml', `No Core ML package was made: ${missing}`);
      return { output: { records: [], artifacts: [], missing } satisfies ConvertOutput, summary: 'not converted', outcome: 'skipped' };
    },
  };
}

async function convert(toolchain: CoremlToolchain, { ref, rewritten, target, shapes, settings, seed }: ConvertStepOptions, context: StepContext): Promise<StepResult> {
  toolchain.warmUp();
  const { variant, file } = context.input<VariantOutput>(rewritten);
  const [{ convertModel }, { createHostExecutor }, { DEFAULTS }] = await Promise.all([import('../../work/convert-model.ts'), import('../../../models/run/host-executor.ts'), import('../../config/defaults.ts')]);
  const host = createHostExecutor();
  const out = join(context.scratch, `${variant.id.replaceAll('/', '-')}.mlpackage`);
  try {
    const outcome = await convertModel(toolchain, {
      ref: { ...ref, path: context.artifacts.at(file) }, out, options: coremlOptions(settings), settings: DEFAULTS.rewrite, shapes, flexible: new Map(), faces: [],
      images: settings.input === 'image' || settings.imageOutput ? { input: settings.input === 'image', output: settings.imageOutput } : null,
      rewrite: false, seed, host, feeds: async () => [], progress: (note) => context.progress(note), signal: context.signal,
    });
    const kept = context.artifacts.takeFolder(out, variant.id.replaceAll('/', '-'), { sha256: await hashFolder(out), bytes: outcome.package.bytes });
    const record = recordOf(outcome, { variant: variant.id, target, precision: settings.precision, tools: { coremltools: toolchain.version } }, context.artifacts.at(kept.path));
    return { output: { records: [{ ...record, file: kept.path }], artifacts: [kept], missing: null } satisfies ConvertOutput, summary: summaryOf(record) };
  } catch (error) {
    if (!(error instanceof DynoError) || context.signal.aborted) throw error;
    context.warn('not-converted', `${variant.id}: ${error.message}`, error.nextSteps[0] ?? null);
    return { output: { records: [], artifacts: [], missing: `${variant.id}: ${error.message}` } satisfies ConvertOutput, summary: 'not converted' };
  } finally {
    await host.close();
    await toolchain.close();
  }
}

function recordOf({ plan, package: written, islands, parity, different, compression, findings, notes }: ConvertOutcome, about: Pick<PackageRecord, 'variant' | 'target' | 'precision' | 'tools'>, path: string): Omit<PackageRecord, 'file'> {
  const { program, defaultFunction } = readPackage(path);
  const body = program?.functions.get(defaultFunction);
  const worst = (parity?.outputs ?? []).reduce<NonNullable<typeof parity>['outputs'][number] | null>((a, b) => (a === null || b.psnr < a.psnr ? b : a), null);
  return {
    ...about, bytes: written.bytes, system: `iOS ${releaseOf(plan.opset)}`,
    weights: compression?.scheme ?? null,
    operations: Object.entries(body ? summariseFunction(body).operators : {}).map(([type, count]) => ({ type, count })),
    islands: islands.length,
    verified: worst && { output: worst.output, db: Number.isFinite(worst.psnr) ? worst.psnr : null, floor: worst.floor, explained: different.length === 0 },
    notes: [...notes, ...written.warnings, ...findings.map(({ node, reason }) => `${node}: ${reason}`)],
  };
}

function summaryOf({ bytes, operations, verified }: Omit<PackageRecord, 'file'>): string {
  const agreement = verified === null ? 'not compared' : verified.db === null ? 'equal to its model' : `${verified.db.toFixed(1)} dB of its model`;
  return `${formatBytes(bytes)}, ${operations.reduce((sum, { count }) => sum + count, 0)} operations, ${agreement}`;
}
