import type { Evidence } from './evidence.ts';

/** Worst first. */
export const SEVERITIES = ['wrong-result', 'blocks-conversion', 'blocks-unit', 'overflow', 'splits-graph', 'slow'] as const;
export type Severity = (typeof SEVERITIES)[number];

export type Confidence = 'very high' | 'high' | 'medium' | 'low';

/** One thing that keeps (part of) a model off a unit. */
export interface Finding {
  /** Rule id, e.g. `ane/rank-over-5`. */
  readonly rule: string;
  /** Selector of the target as printed, e.g. `ane:A15`. */
  readonly target: string;
  readonly severity: Severity;
  readonly evidence: Evidence;
  readonly confidence: Confidence;
  /** Node name; where it is empty, `#index` and the op type. */
  readonly node: string;
  readonly opType: string;
  /** Scope path of the exporter (`/body/0/conv`), when the name or metadata carries one. */
  readonly scope: string | null;
  /** The value the finding is about and its shape as text, e.g. `[1, 3, H, 2, W, 2]`. */
  readonly value: string | null;
  readonly shape: string | null;
  /** Why, as a sentence. */
  readonly reason: string;
  /** What helps, as a sentence; `rewrites` are ids that do it. */
  readonly remedy: string;
  readonly rewrites: readonly string[];
  readonly sources: readonly string[];
  /** Findings of one root cause share this key. */
  readonly cause: string;
}

/** Findings that one change would mend, worst severity first. */
export interface RootCause {
  readonly cause: string;
  readonly title: string;
  readonly severity: Severity;
  readonly findings: readonly Finding[];
}
