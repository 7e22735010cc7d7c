import { type Finding, type RootCause, SEVERITIES, type Severity } from '../../models/contracts/index.ts';
import { formatShape, type Model, type Node, type Value } from '../../models/graph/index.ts';
import type { Precision } from '../rewrites/rewrite.ts';
import { RULES, rulesFor } from './catalog.ts';
import type { Hit, NodeRule, Rule, RuleContext } from './rule.ts';
import { scopeName } from './scope-name.ts';
import { shapeOnlyNodes } from './shape-only.ts';
import type { TargetProfile } from './target-profile.ts';

export interface CheckOptions {
  /** The precision that the model will be converted to; fp16 where nothing is said. */
  readonly precision?: Precision;
  /** Largest magnitude per value on the user's own images. */
  readonly magnitudes?: ReadonlyMap<string, number>;
  /** The graph stands for a Core ML program. */
  readonly program?: boolean;
}

/** What the rules predict for a target, in graph order. Types must have been inferred. Never throws on valid graphs. */
export function checkModel(model: Model, target: TargetProfile, options: CheckOptions = {}): Finding[] {
  const context = ruleContext(model, target, options);
  const rules = rulesFor(target);
  const anywhere = rules.filter((rule): rule is NodeRule => rule.scope === 'node' && rule.opTypes === '*');
  const byType = indexByType(rules);
  const findings: Finding[] = [];
  for (const rule of rules) {
    if (rule.scope === 'graph') for (const hit of hits(rule.when(context))) findings.push(finding(rule, null, hit, target));
  }
  for (const node of model.graph.nodes()) {
    const specific = node.isOnnx ? (byType.get(node.opType) ?? []) : [];
    for (const rule of [...anywhere, ...specific]) {
      for (const hit of hits(rule.when(node, context))) findings.push(finding(rule, node, hit, target));
    }
  }
  return findings;
}

/** Findings by root cause, worst severity first, then in graph order. */
export function groupFindings(findings: readonly Finding[]): RootCause[] {
  const groups = new Map<string, Finding[]>();
  for (const item of findings) {
    const key = `${item.target} ${item.cause}`;
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  const causes = [...groups.values()].map((members): RootCause => {
    const worst = [...members].sort((a, b) => rankOfSeverity(a.severity) - rankOfSeverity(b.severity))[0] as Finding;
    return { cause: worst.cause, title: titleOf(worst), severity: worst.severity, findings: members };
  });
  return causes.sort((a, b) => rankOfSeverity(a.severity) - rankOfSeverity(b.severity));
}

/** 0 is the worst. */
export function rankOfSeverity(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

function ruleContext(model: Model, target: TargetProfile, options: CheckOptions): RuleContext {
  const decoded = new Map<Value, Float64Array | null>();
  const numbers = (value: Value | null): Float64Array | null => {
    if (!value) return null;
    let known = decoded.get(value);
    if (known === undefined) decoded.set(value, known = value.constant && value.type.dtype !== 'string' ? value.constant.numbers() : null);
    return known;
  };
  return {
    model, target, numbers, precision: options.precision ?? 'fp16', magnitudes: options.magnitudes ?? new Map(), program: options.program ?? false,
    quantized: [...model.graph.nodes()].some((n) => n.is('QuantizeLinear') && n.output()?.consumers.some((next) => next.is('DequantizeLinear'))), shapeOnly: shapeOnlyNodes(model.graph),
  };
}

function indexByType(rules: readonly Rule[]): Map<string, NodeRule[]> {
  const index = new Map<string, NodeRule[]>();
  for (const rule of rules) {
    if (rule.scope !== 'node' || rule.opTypes === '*') continue;
    for (const opType of rule.opTypes) index.set(opType, [...(index.get(opType) ?? []), rule]);
  }
  return index;
}

function hits(result: Hit | readonly Hit[] | null): readonly Hit[] {
  if (result === null) return [];
  return Array.isArray(result) ? result : [result as Hit];
}

function finding(rule: Rule, node: Node | null, hit: Hit, target: TargetProfile): Finding {
  const shape = hit.value ? formatShape(hit.value.type.shape) : null;
  const words: Record<string, string> = { op: node?.opType ?? 'The model', node: node?.label ?? '', shape: shape ?? '', detail: hit.detail ?? '' };
  return {
    rule: rule.id, target: target.label, severity: hit.severity ?? rule.severity, evidence: 'predicted', confidence: rule.confidence,
    node: node?.label ?? hit.value?.name ?? '', opType: node?.opType ?? '', scope: node ? scopeName(node) : null, value: hit.value?.name ?? null, shape,
    reason: rule.message.replace(/\{(\w+)\}/g, (_, word: string) => words[word] ?? ''), remedy: rule.remedy, rewrites: rule.rewrites ?? [], sources: rule.sources,
    cause: hit.cause ?? `${rule.id}:${node?.label ?? hit.value?.name ?? ''}`,
  };
}

function titleOf(item: Finding): string {
  return RULES.find((rule) => rule.id === item.rule)?.title ?? TITLES[item.rule] ?? item.rule;
}

/** Of findings that are no rule's. */
const TITLES: Readonly<Record<string, string>> = {
  'htp/compiler-refuses': 'Refused by the compiler',
  'htp/compiler-fails': 'No graph came out of the compiler',
  'htp/face-conversion': 'Conversion of the face on the CPU',
  'htp/emulated-result': 'Accepted, and computes something else',
  'htp/emulated-overflow': 'Values beyond fp16',
};
