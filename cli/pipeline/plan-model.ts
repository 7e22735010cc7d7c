import { openOpenVino } from '../../converters/openvino/index.ts';
import type { Precision } from '../../converters/rewrites/rewrite.ts';
import type { TargetProfile } from '../../converters/rules/target-profile.ts';
import type { Environment } from '../../models/contracts/records.ts';
import { staticShape } from '../../models/graph/types.ts';
import { BASE_PREFIX } from '../../reports/gate/paired-base.ts';
import { isTensorMetric, parseMetric } from '../../reports/quality/metric.ts';
import type { Config } from '../config/config.ts';
import { inputContract } from '../work/contract.ts';
import type { ModelRef } from '../work/model-refs.ts';
import { openModel } from '../work/open-model.ts';
import { targetSlug } from '../work/target-slug.ts';
import { hashFile } from './hash.ts';
import type { Step } from './step.ts';
import { benchStep } from './steps/bench.ts';
import { checkStep } from './steps/check.ts';
import { compileStep, type CompileSubject } from './steps/compile.ts';
import { convertStep } from './steps/convert.ts';
import type { ModelSteps } from './steps/gate.ts';
import { inspectStep } from './steps/inspect.ts';
import { qualityStep } from './steps/quality.ts';
import { quantizeStep } from './steps/quantize.ts';
import { rewriteStep } from './steps/rewrite.ts';

/** First H-family whose Neural Engine computes W8A8 faster than fp16: A17 Pro. */
const FIRST_W8A8_ANE = 16;

/** What all models of a run share. */
export interface SharedPlan {
  readonly config: Config;
  readonly environment: Environment;
  readonly env: NodeJS.ProcessEnv;
  readonly profiles: readonly TargetProfile[];
  /** Hash of the pictures; null where there are none. */
  readonly pictures: string | null;
  /** Hash of what quality is measured on; null where there is nothing. */
  readonly judged: string | null;
  readonly compiler: FoundCompiler;
}

/** Qualcomm's compiler, or why it is not here. */
export interface FoundCompiler {
  readonly tools: Readonly<Record<string, string>> | null;
  readonly missing: string | null;
}

export interface PlannedModel {
  readonly steps: Step[];
  /** Of the model, and of the same as it was before where there is one. */
  readonly ids: readonly ModelSteps[];
}

/** The steps of one model, with those of its earlier form: their variants are compiled, timed and scored together. */
export async function planModel(ref: ModelRef, before: ModelRef | null, shared: SharedPlan, prefix: string): Promise<PlannedModel> {
  const { config, environment, env, judged, compiler } = shared;
  const own = await planVariants(ref, shared, prefix);
  const old = before && (await planVariants(before, shared, `${BASE_PREFIX}${prefix}`));
  const variants = [...own.variants, ...(old?.variants ?? [])];
  const versions = { ...versionsOf(environment), ...openVinoVersion(config, env) };
  const pairs = old ? own.names.map((candidate) => ({ base: `${BASE_PREFIX}${candidate}`, candidate })) : [];
  const benchOptions = { ref, variants, pairs, settings: config.bench, phone: config.phone, farms: config.farms, coreml: config.convert.coreml, gate: config.gate, seed: config.seed, versions: { ...versions, cpu: environment.cpu }, env };
  const bench = config.bench.on.length > 0 ? [benchStep(benchOptions)] : [];
  const emulates = config.quality.on.some((text) => text.startsWith('emulator'));
  const scores = own.isImage || config.quality.metrics.map(parseMetric).every(isTensorMetric);
  const quality = judged !== null && scores ? [qualityStep({ ref, variants, config, pictures: judged, versions: { ...versions, ...(emulates ? { htp: compiler.tools } : {}) }, env })] : [];
  const convert = coremlStep(ref, own, shared);
  const subjects = [...own.subjects, ...(old?.subjects ?? []).map((subject) => ({ ...subject, check: null }))];
  const compile = subjects.length > 0 ? [compileStep({ ref, subjects, shapes: own.shapes, env, ...compiler })] : [];
  const together = { compile: compile[0]?.id ?? null, convert: convert[0]?.id ?? null, bench: bench[0]?.id ?? null, quality: quality[0]?.id ?? null };
  const nothing = { compile: null, convert: null, bench: null, quality: null };
  return {
    steps: [...own.steps, ...(old?.steps ?? []), ...compile, ...convert, ...bench, ...quality],
    ids: [{ ...own.ids, ...together }, ...(old ? [{ ...old.ids, checks: [], ...nothing }] : [])],
  };
}

type OwnSteps = Pick<ModelSteps, 'inspect' | 'checks' | 'quantized' | 'rewrites'>;

interface PlannedVariants {
  readonly steps: readonly Step[];
  readonly ids: OwnSteps;
  /** Steps that leave a variant, and the names of those. */
  readonly variants: readonly string[];
  readonly names: readonly string[];
  readonly subjects: readonly CompileSubject[];
  /** By target, in the order of the profiles. */
  readonly rewrites: readonly Step[];
  readonly isImage: boolean;
  readonly shapes: readonly string[];
}

/** Reading, checking, rewriting and quantizing one file. */
async function planVariants(ref: ModelRef, { config, environment, profiles, pictures }: SharedPlan, prefix: string): Promise<PlannedVariants> {
  const { isImage, shapes } = faceOf(ref, config.bench.size);
  const sha256 = await hashFile(ref.path);
  const versions = versionsOf(environment);
  const { scheme, methods } = config.quantize;
  const names = { original: `${prefix}original-fp32`, rewritten: (label: string) => `${prefix}${targetSlug(label)}-fp32`, quantized: (label: string, method: string) => `${prefix}${targetSlug(label)}-${scheme}-${method}` };
  const inspect = inspectStep(ref, sha256, names.original);
  const checks = profiles.map(({ label }) => checkStep(ref, sha256, label, 'fp16', versions));
  const rewriteFor = (label: string, precision: Precision, variantId: string): Step =>
    rewriteStep({ ref, sha256, target: label, precision, variantId, settings: config.rewrite, seed: config.seed, versions });
  const rewrites = profiles.map(({ label }) => rewriteFor(label, 'fp32', names.rewritten(label)));
  const integer = pictures !== null && isImage ? integerTargets(profiles) : [];
  const prepared = integer.map(({ label }) => rewriteFor(label, scheme === 'w8' ? 'fp32' : scheme, `${prefix}${targetSlug(label)}-for-${scheme}`));
  const made = integer.flatMap(({ label }, i) => methods.map((method) => ({ label, method, rewritten: (prepared[i] as Step).id })));
  const quantized = made.map(({ label, method, rewritten }) =>
    quantizeStep({ ref, rewritten, target: label, method, variantId: names.quantized(label, method), config, pictures: pictures as string, versions }));
  const subjects = profiles.flatMap(({ kind, label }, i): CompileSubject[] => kind !== 'htp' ? [] : [
    { step: inspect.id, target: label, check: (checks[i] as Step).id },
    { step: (rewrites[i] as Step).id, target: label, check: 'own' },
    ...quantized.filter((_, q) => made[q]?.label === label).map(({ id }): CompileSubject => ({ step: id, target: label, check: null })),
  ]);
  return {
    steps: [inspect, ...checks, ...rewrites, ...prepared, ...quantized], subjects, rewrites, isImage, shapes,
    variants: [inspect, ...rewrites, ...quantized].map(({ id }) => id),
    names: [names.original, ...profiles.map(({ label }) => names.rewritten(label)), ...made.map(({ label, method }) => names.quantized(label, method))],
    ids: {
      inspect: inspect.id, checks: checks.map(({ id }) => id), quantized: quantized.map(({ id }) => id),
      rewrites: [...rewrites.map(({ id }) => ({ id, measured: true })), ...prepared.map(({ id }) => ({ id, measured: false }))],
    },
  };
}

function versionsOf({ dyno, libraries }: Environment): Readonly<Record<string, string>> {
  return { dyno, ...libraries };
}

/** Where it times or scores something: another version, another result. */
function openVinoVersion({ bench, quality }: Config, env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const found = [...bench.on, ...quality.on].some((text) => text.startsWith('openvino')) ? openOpenVino(env) : null;
  return found && 'version' in found ? { openvino: found.version } : {};
}

/** The package of what was rewritten for the first Neural Engine. */
function coremlStep(ref: ModelRef, { rewrites, shapes }: PlannedVariants, { profiles, config, env }: SharedPlan): Step[] {
  const first = profiles.findIndex(({ kind }) => kind === 'ane');
  const { coreml } = config.convert;
  if (first < 0 || coreml === false) return [];
  return [convertStep({ ref, rewritten: (rewrites[first] as Step).id, target: (profiles[first] as TargetProfile).label, shapes, settings: coreml, seed: config.seed, env })];
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
