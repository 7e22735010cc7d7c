import { join } from 'node:path';
import { openHtpToolchain } from '../../converters/htp/toolchain.ts';
import { resolveTarget } from '../../converters/rules/resolve-target.ts';
import type { TargetProfile } from '../../converters/rules/target-profile.ts';
import { UserError } from '../../models/contracts/errors.ts';
import type { Environment } from '../../models/contracts/records.ts';
import type { Baseline } from '../../reports/gate/index.ts';
import type { Report } from '../../reports/model/report.ts';
import type { Config } from '../config/config.ts';
import { gitBase, isGitBase } from '../work/git-base.ts';
import type { ModelRef } from '../work/model-refs.ts';
import { hashPictures, hashQuality } from './pictures.ts';
import { type FoundCompiler, planModel, type PlannedModel } from './plan-model.ts';
import { checkSettings } from './sound-settings.ts';
import type { Step } from './step.ts';
import { gateStep } from './steps/gate.ts';
import { reportStep } from './steps/report.ts';

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
 * what Qualcomm's compiler makes of those for HTP, then all variants side by side on the devices and on the pictures, the verdict and the report. With a commit
 * as base (`git:main`) models that changed since go the same way as they were, and are measured in turn with what they became. Reads every model
 * once, so that bad input ends the run before it begins.
 */
export async function planRun(request: PlanRequest): Promise<Step[]> {
  const { models, config, environment, directory, env } = request;
  checkSettings(config);
  const base = isGitBase(config.base) ? gitBase(config.base, models, join(directory, 'base')) : null;
  const shared = { config, environment, env, pictures: config.images === null ? null : await hashPictures(config.images), judged: await hashQuality(config), profiles: uniqueTargets(config.targets), compiler: findCompiler(env) };
  const planned: PlannedModel[] = [];
  for (const ref of models) planned.push(await planModel(ref, base?.models.get(ref.id) ?? null, shared, models.length > 1 ? `${ref.id}/` : ''));
  const gate = gateStep({
    run: request.run,
    environment,
    models: planned.flatMap(({ ids }) => ids),
    targets: shared.profiles.map(({ label }) => label),
    gate: config.gate,
    baseline: request.baseline,
    withoutBase: base?.left ?? {},
    strict: request.strict,
    exact: config.bench.on.length === 0,
    isResumed: request.isResumed,
  });
  return [...planned.flatMap(({ steps }) => steps), gate, reportStep(directory, config.outputs)];
}

/** `ane` and `ane:A15` are the same. */
function uniqueTargets(targets: readonly string[]): TargetProfile[] {
  return [...new Map(targets.map((text) => [resolveTarget(text).label, resolveTarget(text)])).values()];
}

/** Qualcomm's compiler, or why it is not here. */
function findCompiler(env: NodeJS.ProcessEnv): FoundCompiler {
  const toolchain = openHtpToolchain(env);
  return toolchain instanceof UserError
    ? { tools: null, missing: [toolchain.message, ...toolchain.nextSteps].join(' ') }
    : { tools: toolchain.packages, missing: null };
}
