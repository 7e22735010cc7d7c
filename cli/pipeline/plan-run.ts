import { openHtpToolchain } from '../../converters/htp/toolchain.ts';
import { resolveTarget } from '../../converters/rules/resolve-target.ts';
import type { TargetProfile } from '../../converters/rules/target-profile.ts';
import { UserError } from '../../models/contracts/errors.ts';
import type { Environment } from '../../models/contracts/records.ts';
import { staticShape } from '../../models/graph/types.ts';
import type { Baseline } from '../../reports/gate/index.ts';
import type { Report } from '../../reports/model/report.ts';
import type { Config } from '../config/config.ts';
import { inputContract } from '../work/contract.ts';
import type { ModelRef } from '../work/model-refs.ts';
import { openModel } from '../work/open-model.ts';
import { targetSlug } from '../work/target-slug.ts';
import { hashFile } from './hash.ts';
import { hashPictures } from './pictures.ts';
import { checkSettings } from './sound-settings.ts';
import type { Step } from './step.ts';
import { benchStep } from './steps/bench.ts';
import { checkStep } from './steps/check.ts';
import { compileStep, type CompileSubject } from './steps/compile.ts';
import { convertStep } from './steps/convert.ts';
import { gateStep, type ModelSteps } from './steps/gate.ts';
import { inspectStep } from './steps/inspect.ts';
import { qualityStep } from './steps/quality.ts';
import { quantizeStep } from './steps/quantize.ts';
import { reportStep } from './steps/report.ts';
import { rewriteStep } from './steps/rewrite.ts';

/** First H-family whose Neural Engine computes W8A8 faster than fp16: A17 Pro. */
const FIRST_W8A8_ANE = 16;

export interface PlanRequest {
  readonly models: readonly ModelRef[];
  readonly config: Config;
  readonly directory: string;
  readonly run: Pick<Report['run'], 'id' | 'title' | 'startedAt' | 'command' | 'seed'>;
  readonly environment: Environment;
  readonly baseline: Baseline | null;
  readonly strict: boolean;
  readonly isResumed: () => boolean;
  /** Where the compiler is looked for. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The steps of a run: for each model every target's check and rewriting, quantization for the targets that compute in small integers,
 * what Qualcomm's compiler makes of those for HTP, then all variants side by side on the device and on the pictures, the verdict and the report. Reads every model once, so that bad
 * input ends the run before it begins.
 */
export async function planRun(request: PlanRequest): Promise<Step[]> {
  const { models, config, environment, directory } = request;
  checkSettings(config);
  const pictures = config.images === null ? null : await hashPictures(config.images);
  const profiles = uniqueTargets(config.targets);
  const compiler = findCompiler(request.env);
  const planned: { steps: Step[]; ids: ModelSteps }[] = [];
  for (const ref of models) planned.push(await planModel(ref, { profiles, pictures, compiler }, request, models.length > 1 ? `${ref.id}/` : ''));
  const gate = gateStep({
    run: request.run,
    environment,
    models: planned.map(({ ids }) => ids),
    targets: profiles.map(({ label }) => label),
    gate: config.gate,
    baseline: request.baseline,
    strict: request.strict,
    isResumed: request.isResumed,
  });
  return [...planned.flatMap(({ steps }) => steps), gate, reportStep(directory, config.outputs)];
}

async function planModel(
  ref: ModelRef,
  { profiles, pictures, compiler }: { profiles: readonly TargetProfile[]; pictures: string | null; compiler: FoundCompiler },
  { config, environment, env }: PlanRequest,
  prefix: string,
): Promise<{ steps: Step[]; ids: ModelSteps }> {
  const { isImage, shapes } = faceOf(ref, config.bench.size);
  const sha256 = await hashFile(ref.path);
  const versions = { dyno: environment.dyno, ...environment.libraries };
  const { scheme, methods } = config.quantize;
  const inspect = inspectStep(ref, sha256, `${prefix}original-fp32`);
  const checks = profiles.map(({ label }) => checkStep(ref, sha256, label, 'fp16', versions));
  const rewriteFor = (label: string, precision: 'fp32' | typeof scheme): Step =>
    rewriteStep({
      ref,
      sha256,
      target: label,
      precision,
      variantId: `${prefix}${targetSlug(label)}-${precision === 'fp32' ? 'fp32' : `for-${precision}`}`,
      settings: config.rewrite,
      seed: config.seed,
      versions,
    });
  const rewrites = profiles.map(({ label }) => rewriteFor(label, 'fp32'));
  const integer = pictures !== null && isImage ? integerTargets(profiles) : [];
  const prepared = integer.map(({ label }) => rewriteFor(label, scheme));
  const quantized = integer.flatMap(({ label }, i) =>
    methods.map((method) =>
      quantizeStep({
        ref,
        rewritten: (prepared[i] as Step).id,
        target: label,
        method,
        variantId: `${prefix}${targetSlug(label)}-${scheme}-${method}`,
        config,
        pictures: pictures as string,
        versions,
      }),
    ),
  );
  const variants = [inspect, ...rewrites, ...quantized].map(({ id }) => id);
  const bench = benchStep({ ref, variants, settings: config.bench, phone: config.phone, gate: config.gate, seed: config.seed, versions: { ...versions, cpu: environment.cpu }, env });
  const emulates = config.quality.on.some((text) => text.startsWith('emulator'));
  const quality = pictures !== null && isImage
    ? [qualityStep({ ref, variants, config, pictures, versions: { ...versions, ...(emulates ? { htp: compiler.tools } : {}) }, env })]
    : [];
  const convert = coremlStep(ref, profiles, rewrites, shapes, config, env);
  const subjects = profiles.flatMap(({ kind, label }, i): CompileSubject[] => kind !== 'htp' ? [] : [
    { step: inspect.id, target: label, check: (checks[i] as Step).id },
    { step: (rewrites[i] as Step).id, target: label, check: 'own' },
    ...quantized.filter((_, q) => integer[Math.floor(q / methods.length)]?.label === label).map(({ id }): CompileSubject => ({ step: id, target: label, check: null })),
  ]);
  const compile = subjects.length > 0 ? [compileStep({ ref, subjects, shapes, env, ...compiler })] : [];
  return {
    steps: [inspect, ...checks, ...rewrites, ...prepared, ...quantized, ...compile, ...convert, bench, ...quality],
    ids: {
      inspect: inspect.id,
      checks: checks.map(({ id }) => id),
      quantized: quantized.map(({ id }) => id),
      compile: compile[0]?.id ?? null,
      convert: convert[0]?.id ?? null,
      bench: bench.id,
      quality: quality[0]?.id ?? null,
      rewrites: [...rewrites.map(({ id }) => ({ id, measured: true })), ...prepared.map(({ id }) => ({ id, measured: false }))],
    },
  };
}

/** The package of what was rewritten for the first Neural Engine. */
function coremlStep(ref: ModelRef, profiles: readonly TargetProfile[], rewrites: readonly Step[], shapes: readonly string[], config: Config, env: NodeJS.ProcessEnv): Step[] {
  const first = profiles.findIndex(({ kind }) => kind === 'ane');
  const { coreml } = config.convert;
  if (first < 0 || coreml === false) return [];
  return [convertStep({ ref, rewritten: (rewrites[first] as Step).id, target: (profiles[first] as TargetProfile).label, shapes, settings: coreml, seed: config.seed, env })];
}

/** `ane` and `ane:A15` are the same. */
function uniqueTargets(targets: readonly string[]): TargetProfile[] {
  return [...new Map(targets.map((text) => [resolveTarget(text).label, resolveTarget(text)])).values()];
}

/** Targets that small integers are for; all of them where none is made for it. */
function integerTargets(profiles: readonly TargetProfile[]): readonly TargetProfile[] {
  const made = profiles.filter(({ kind, generation }) => kind !== 'ane' || generation >= FIRST_W8A8_ANE);
  return made.length > 0 ? made : profiles;
}

/** Whether the model takes pictures, and sizes for what its image input leaves open. */
function faceOf(ref: ModelRef, size: number): { isImage: boolean; shapes: readonly string[] } {
  const { model, close } = openModel(ref.path);
  close();
  const { kind, name, shape } = inputContract(model, ref);
  const isOpen = staticShape(model.graph.inputs.find((input) => input.name === name)?.type) === null;
  return { isImage: kind === 'image', shapes: isOpen ? [`${name}=${shape.map((side) => side ?? size).join('x')}`] : [] };
}

interface FoundCompiler {
  readonly tools: Readonly<Record<string, string>> | null;
  readonly missing: string | null;
}

/** Qualcomm's compiler, or why it is not here. */
function findCompiler(env: NodeJS.ProcessEnv): FoundCompiler {
  const toolchain = openHtpToolchain(env);
  return toolchain instanceof UserError
    ? { tools: null, missing: [toolchain.message, ...toolchain.nextSteps].join(' ') }
    : { tools: toolchain.packages, missing: null };
}
