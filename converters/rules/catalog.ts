import { aneConvRules } from './ane/conv.ts';
import { aneDtypeRules } from './ane/dtype.ts';
import { aneOpRules } from './ane/ops.ts';
import { aneShapeRules } from './ane/shape.ts';
import { htpOpRules } from './htp/ops.ts';
import { htpQuantizedRules } from './htp/quantized.ts';
import { htpRefusalRules } from './htp/compiled-refusals.ts';
import { htpSemanticsRules } from './htp/semantics.ts';
import { htpShapeRules } from './htp/shape.ts';
import type { Rule } from './rule.ts';
import { isOlder, TRIED_SDK } from './sdk-version.ts';
import type { TargetProfile } from './target-profile.ts';

/** Every rule, ANE first. */
export const RULES: readonly Rule[] = [
  ...aneShapeRules, ...aneDtypeRules, ...aneConvRules, ...aneOpRules, ...htpShapeRules, ...htpSemanticsRules, ...htpQuantizedRules, ...htpOpRules, ...htpRefusalRules,
];

/** The unit a rule speaks of, from its id. */
export function ruleTarget(rule: Rule): 'ane' | 'htp' {
  return rule.id.startsWith('ane/') ? 'ane' : 'htp';
}

/** The rules that hold for a target's unit, generation and SDK. */
export function rulesFor(target: TargetProfile): Rule[] {
  return RULES.filter((rule) => {
    const [first, last] = rule.generations ?? [null, null];
    const outdated = rule.beforeSdk !== undefined && !isOlder(target.sdk ?? TRIED_SDK, rule.beforeSdk);
    return ruleTarget(rule) === target.kind && !outdated && (first === null || target.generation >= first) && (last === null || target.generation <= last);
  });
}
