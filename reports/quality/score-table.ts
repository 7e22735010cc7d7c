import type { Evidence, Executor, QualityRecord } from '../../models/contracts/index.ts';
import { degradationTools } from './degradation/apply-degradation.ts';
import { formatDegradation, isDrawn, isPlain } from './degradation/degradation.ts';
import { formatMetric, type Metric, metricBetter, metricUnit } from './metric.ts';
import type { SeededDegradation } from './test-case.ts';

/** What a row of values is about. */
export interface ScoreRow {
  /** Of variant and executor. */
  readonly key: string;
  readonly variant: string;
  readonly executor: string;
  readonly evidence: Evidence;
  readonly note: string | null;
}

interface Score {
  readonly image: string;
  readonly value: number;
  readonly tags: readonly string[];
  readonly notes: readonly string[];
}

export interface ScoreSet {
  readonly name: string;
  readonly degradation?: SeededDegradation | null;
}

/** Values as they come in, records at the end: one for the whole set, and one for each of its tags. */
export class ScoreTable {
  readonly #set: ScoreSet;
  readonly #scores = new Map<string, Score[]>();

  constructor(set: ScoreSet) {
    this.#set = set;
  }

  add(row: string, metric: Metric, score: Score): void {
    const key = `${formatMetric(metric)} ${row}`;
    this.#scores.set(key, [...(this.#scores.get(key) ?? []), score]);
  }

  /** Metric by metric, row by row; then the same for each tag. `tools` are what a metric's values depend on beyond its name. */
  records(metrics: readonly Metric[], rows: readonly ScoreRow[], tools: (metric: Metric) => Readonly<Record<string, string>> | null = () => null): QualityRecord[] {
    const scored = metrics.flatMap((metric) => rows.flatMap((row) => {
      const scores = this.#scores.get(`${formatMetric(metric)} ${row.key}`);
      return scores ? [{ metric, row, scores }] : [];
    }));
    const tags = [...new Set(scored.flatMap(({ scores }) => scores.flatMap((score) => score.tags)))].sort();
    const whole = scored.map(({ metric, row, scores }) => this.#record(metric, row, scores, null, tools(metric)));
    return [...whole, ...tags.flatMap((tag) => scored.flatMap(({ metric, row, scores }) => {
      const some = scores.filter((score) => score.tags.includes(tag));
      return some.length > 0 ? [this.#record(metric, row, some, tag, tools(metric))] : [];
    }))];
  }

  #record(metric: Metric, { variant, executor, evidence, note }: ScoreRow, scores: readonly Score[], tag: string | null, tools: Readonly<Record<string, string>> | null): QualityRecord {
    const { name, degradation = null } = this.#set;
    const better = metricBetter(metric);
    const notes = [...new Set([...(note === null ? [] : [note]), ...scores.flatMap((score) => score.notes)])];
    const jpeg = degradationTools(degradation?.steps ?? null);
    return {
      variant, executor, evidence, protocol: formatMetric(metric), dataset: name, unit: metricUnit(metric),
      mean: meanOf(scores.map(({ value }) => value)),
      perImage: scores.map(({ image, value }) => ({ image, value })), note: notes.length > 0 ? notes.join('; ') : null,
      ...(better === 'higher' ? {} : { better }), ...(tag === null ? {} : { tag }),
      ...(degradation && !isPlain(degradation.steps) ? { degradation: degradationText(degradation) } : {}),
      ...(tools || jpeg ? { tools: { ...jpeg, ...tools } } : {}),
    };
  }
}

/** Values as large as numbers go have a mean too. */
function meanOf(values: readonly number[]): number {
  const sum = values.reduce((a, b) => a + b, 0);
  return Number.isFinite(sum) ? sum / values.length : values.reduce((mean, value) => mean + value / values.length, 0);
}

/** With the seed where something is drawn. */
function degradationText({ steps, seed }: SeededDegradation): string {
  return `${formatDegradation(steps)}${isDrawn(steps) ? `, seed ${seed}` : ''}`;
}

/** How outputs were had, by what an executor is called. */
export function evidenceOf(executor: Executor): Evidence {
  const [kind] = executor.id.split(':');
  if (kind === 'host' || executor.id === 'openvino:CPU') return 'computed';
  if (kind === 'emulator') return 'emulated';
  return kind === 'virtual' ? 'simulated' : 'measured(device)';
}
