export { ANE_CHIPS, type AneChip } from './ane-chips.ts';
export { RULES, rulesFor, ruleTarget } from './catalog.ts';
export { type CheckOptions, checkModel, groupFindings, rankOfSeverity } from './check.ts';
export { HTP_SOCS, type HtpSoc } from './htp-socs.ts';
export { type Placement, predictPlacement } from './placement.ts';
export { resolveSoc, resolveTarget } from './resolve-target.ts';
export type { GraphRule, Hit, NodeRule, Rule, RuleContext } from './rule.ts';
export { scopeName } from './scope-name.ts';
export type { TargetProfile } from './target-profile.ts';
