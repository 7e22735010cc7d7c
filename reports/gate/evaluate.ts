import { formatValue } from '../model/format.ts';
import type { GateVerdict, Report } from '../model/report.ts';
import { type Baseline, classesOf, differences, findEntry, MARGINS, marginOf, toolDrift } from './baseline.ts';
import type { Budgets } from './budgets-schema.ts';
import { type Confidence, type Decision, decideAbsolute, decideRelative } from './decide.ts';
import { judgeFindingsGates } from './findings-gate.ts';
import { type Limit, limitsOf, MIN_BLOCKS } from './limits.ts';
import { centerOf, keyOf, type MetricName, type MetricValue, metricsOf, placeOf } from './metrics.ts';
import { isBaseVariant, pairedBase } from './paired-base.ts';
import { parseQuantity, type Quantity } from './quantity.ts';
import { withWaivers } from './waivers.ts';

export interface GateOptions {
  /** ISO date that waivers are held against; that of the machine, UTC, unless told. */
  readonly today?: string;
  /** Models that have no earlier form to compare with in a run against a commit, and why: new, or unchanged. */
  readonly withoutBase?: ReadonlyMap<string, string>;
  /** Only what is the same on any machine: budgets and baseline values of times and memory are left out. */
  readonly exact?: boolean;
}

/**
 * Holds a report against its budgets, and against a baseline file where one is given: every value in the baseline that no relative
 * budget looks at must stay within its margin. Where the run has variants of the model as it was before, relative budgets without `vs` and those
 * margins compare with them. Verdicts come in the order of the file, the baseline's after them.
 */
export function evaluateGates(report: Report, budgets: Budgets, baseline: Baseline | null = null, options: GateOptions = {}): GateVerdict[] {
  const { today = new Date().toISOString().slice(0, 10), withoutBase = new Map(), exact = false } = options;
  const confidence: Confidence = {
    confidence: budgets.confidence ?? 0.95,
    sessionSpread: budgets.sessionSpread === undefined ? null : parseQuantity(budgets.sessionSpread, ['%']).value / 100,
  };
  const looksAt = ({ deviceClass }: MetricValue): boolean => !exact || deviceClass === null;
  const severalSets = new Set(report.quality.map(({ dataset }) => dataset)).size > 1;
  const verdictOf: Judge = (value, limit, decision) => verdict(value, limit, decision, severalSets);
  const values = { median: metricsOf(report, 'median').filter(looksAt), p90: metricsOf(report, 'p90').filter(looksAt) };
  const looked = new Set<string>();
  const stated = limitsOf(budgets).filter(({ metric }) => !exact || !MEASURED.includes(metric)).flatMap((limit) => {
    const subjects = values[limit.stat].filter(limit.applies).filter((value) => value.variant !== limit.vs && !isBaseVariant(value.variant));
    if (subjects.length === 0) return [nothingMatches(limit)];
    return subjects.map((value) => {
      if (limit.kind === 'maxIncrease' || limit.kind === 'maxDrop') looked.add(placeOf(value));
      return verdictOf(value, limit, decide(value, limit, { all: values[limit.stat], baseline, withoutBase }, confidence));
    });
  });
  const kept = [
    ...(baseline ? keepToBaseline(values.median, baseline, looked, budgets, confidence, verdictOf) : []),
    ...keepToPairedBase(values.median, looked, budgets, confidence, verdictOf),
  ];
  return withWaivers([...stated, ...judgeFindingsGates(report, budgets), ...kept], budgets.waivers ?? [], today);
}

/** What depends on the machine. */
const MEASURED: readonly MetricName[] = ['latency', 'load', 'first', 'memory', 'offUnit'];

type Judge = (value: MetricValue, limit: Limit, decision: Decision) => GateVerdict;

interface Bases {
  readonly all: readonly MetricValue[];
  readonly baseline: Baseline | null;
  readonly withoutBase: ReadonlyMap<string, string>;
}

function decide(value: MetricValue, limit: Limit, { all, baseline, withoutBase }: Bases, confidence: Confidence): Decision {
  if (limit.require !== null && value.evidence !== limit.require) return missing(`needs ${limit.require}; this value is ${value.evidence}`);
  if (value.values.length === 0) return missing('no block was measured');
  if (limit.bound.dimension !== value.dimension && limit.kind !== 'maxIncrease') {
    return missing(`the limit is a value in ${limit.bound.dimension}, the metric one in ${value.dimension}`);
  }
  if (limit.kind === 'max' || limit.kind === 'min') return decideAbsolute(value, limit, confidence);
  const vs = limit.vs ?? pairedBase(value.variant, all);
  const why = vs === null && value.model !== null ? withoutBase.get(value.model) : undefined;
  if (why !== undefined) return { status: 'ok', value: centerOf(value), low: null, high: null, base: null, n: value.values.length, message: why };
  return vs === null ? againstFile(value, limit, baseline, confidence) : againstVariant(value, limit, vs, all, confidence);
}

function againstVariant(value: MetricValue, limit: Limit, vs: string, all: readonly MetricValue[], confidence: Confidence): Decision {
  const key = keyOf({ ...value, variant: vs });
  const base = all.find((other) => keyOf(other) === key && other.values.length > 0) ?? hostQuality(value, vs, all);
  return base ? decideRelative(value, { value: base, stored: false }, limit, confidence) : missing(`${vs} was not measured there`);
}

/** What a chip's arithmetic costs is held against ONNX Runtime where the other variant did not run on that chip. */
function hostQuality(value: MetricValue, vs: string, all: readonly MetricValue[]): MetricValue | undefined {
  if (value.metric !== 'quality') return undefined;
  const key = keyOf({ ...value, variant: vs, device: 'host' });
  return all.find((other) => keyOf(other) === key);
}

function againstFile(value: MetricValue, limit: Limit, baseline: Baseline | null, confidence: Confidence): Decision {
  if (!baseline) return missing('no baseline was given: --base FILE, or "vs" in the budget');
  const entry = findEntry(baseline, value);
  if (!entry) return missing(unknownClass(value, baseline) ?? 'the baseline has no such value: dyno gate --update');
  const unlike = differences(entry, value);
  if (unlike.length > 0) return missing(`not like with like: ${unlike.join('; ')}`);
  const drift = toolDrift(entry, value);
  if (drift !== null) return drifted(value, entry, drift);
  return decideRelative(value, { value: entry, stored: true }, limit, confidence);
}

/** Why a baseline says nothing of a machine; null where it knows its class. */
function unknownClass({ deviceClass }: MetricValue, baseline: Baseline): string | null {
  const known = classesOf(baseline.entries);
  if (deviceClass === null || known.length === 0 || known.includes(deviceClass)) return null;
  return `the baseline knows no ${deviceClass}; it knows ${known.join(' and ')}. dyno gate --update adds this one and keeps those`;
}

/** Values of the baseline that no stated limit compared, each within its margin; those of machines that took no part are left alone. A machine that the baseline does not know is told of once. */
function keepToBaseline(
  values: readonly MetricValue[],
  baseline: Baseline,
  looked: ReadonlySet<string>,
  budgets: Budgets,
  confidence: Confidence,
  verdictOf: Judge,
): GateVerdict[] {
  const now = new Map(values.map((value) => [placeOf(value), value]));
  const classes = classesOf(values);
  const strangers = [...new Map(values.flatMap((value) => (value.values.length > 0 && unknownClass(value, baseline) !== null ? [[value.deviceClass, value]] : []))).values()]
    .filter(({ deviceClass }) => !values.some((value) => value.deviceClass === deviceClass && looked.has(placeOf(value))));
  const kept = baseline.entries
    .filter((entry) => !looked.has(placeOf(entry)) && (entry.deviceClass === null || classes.includes(entry.deviceClass)))
    .map((entry) => {
      const limit = marginLimit(entry, entry.margin, budgets);
      const value = now.get(placeOf(entry));
      return verdictOf(
        value ?? entry,
        limit,
        value ? againstFile(value, limit, baseline, confidence) : missing('the baseline has it, this run does not'),
      );
    });
  return [...strangers.map((value) => verdictOf(value, marginLimit(value, marginOf(value, MARGINS.latency), budgets), missing(unknownClass(value, baseline) as string))), ...kept];
}

/** Values that have a counterpart of the model as it was before, and that no stated limit compared, each within the margin that baselines have. */
function keepToPairedBase(values: readonly MetricValue[], looked: ReadonlySet<string>, budgets: Budgets, confidence: Confidence, verdictOf: Judge): GateVerdict[] {
  return values.flatMap((value) => {
    const base = pairedBase(value.variant, values);
    if (base === null || value.values.length === 0 || looked.has(placeOf(value))) return [];
    const limit = marginLimit(value, marginOf(value, MARGINS.latency), budgets);
    return [verdictOf(value, limit, againstVariant(value, limit, base, values, confidence))];
  });
}

function marginLimit({ dimension, metric }: Pick<MetricValue, 'dimension' | 'metric'>, margin: number, budgets: Budgets): Limit {
  const drop = metric === 'quality';
  const bound: Quantity = { value: margin, dimension: drop ? dimension : '%' };
  return {
    metric, kind: drop ? 'maxDrop' : 'maxIncrease', bound, vs: null, stat: 'median', level: 'error', require: null, minBlocks: budgets.minBlocks ?? MIN_BLOCKS, applies: () => true, meant: 'the baseline',
  };
}

function verdict(value: MetricValue, limit: Limit, decision: Decision, severalSets: boolean): GateVerdict {
  const { variant, target, device, unit, protocol, metric, better } = value;
  const relative = limit.kind === 'maxIncrease' || limit.kind === 'maxDrop';
  const against = relative ? ` against ${limit.vs ?? 'the baseline'}` : '';
  return {
    id: [limit.kind, metric, limit.stat, limit.vs ?? '-', variant, device ?? '-', unit ?? '-', protocol ?? '-', ...(severalSets || value.tag ? [setText(value)] : [])].join(' | '), metric,
    title: `${titleOf(value, limit, severalSets)} ${boundText(limit, better)}${against}`,
    level: limit.level,
    status: decision.status === 'failed' && limit.level === 'warn' ? 'warn' : decision.status,
    subject: { variant, target, device, unit },
    evidence: value.evidence,
    dimension: value.dimension,
    value: decision.value,
    low: decision.low,
    high: decision.high,
    base: decision.base,
    limit: boundValue(limit, decision.base, better),
    n: decision.n,
    message: decision.message,
  };
}

function titleOf(value: MetricValue, limit: Limit, severalSets: boolean): string {
  const { variant, device, unit, protocol, metric, evidence } = value;
  const what = protocol !== null ? `${protocol}${severalSets || value.tag ? `@${setText(value)}` : ''}` : METRIC_WORDS[metric] ?? (limit.stat === 'p90' ? `${metric} (p90)` : metric);
  const place = evidence === 'compiled' ? ` for ${device?.replace('compiler:', '') ?? ''}` : unit !== null ? ` on ${unit}` : evidence === 'emulated' ? ` on ${device ?? ''}` : '';
  return `${what} of ${variant}${place}`;
}

/** `kodak#night`. */
function setText({ dataset, tag }: MetricValue): string {
  return `${dataset ?? ''}${tag ? `#${tag}` : ''}`;
}

const METRIC_WORDS: Readonly<Partial<Record<MetricName, string>>> = {
  cpuNodes: 'nodes on the CPU', segments: 'graphs', ddr: 'DDR traffic', ddrRead: 'DDR reads', ddrWrite: 'DDR writes', spill: 'spills', fill: 'fills',
  context: 'context binary', offUnit: 'operations planned elsewhere',
};

function boundText({ kind, bound }: Limit, better: MetricValue['better'] = 'higher'): string {
  if (kind === 'maxIncrease') return `≤ +${bound.value} %`;
  const text = formatValue(bound.value, bound.dimension);
  if (kind === 'maxDrop' && better !== 'higher') return better === 'lower' ? `≤ +${text}` : `≤ ${text} farther from 1`;
  return kind === 'maxDrop' ? `≥ −${text}` : `${kind === 'max' ? '≤' : '≥'} ${text}`;
}

/** The bound as a value of the metric, where it can be told. */
function boundValue({ kind, bound }: Limit, base: number | null, better: MetricValue['better'] = 'higher'): number | null {
  if (kind === 'max' || kind === 'min') return bound.value;
  if (base === null || (kind === 'maxDrop' && better === 'one')) return null;
  return kind === 'maxDrop' ? base + (better === 'lower' ? bound.value : -bound.value) : base * (1 + bound.value / 100);
}

function nothingMatches(limit: Limit): GateVerdict {
  return {
    id: [limit.kind, limit.metric, limit.stat, limit.vs ?? '-', limit.meant].join(' | '), metric: limit.metric,
    title: `${METRIC_WORDS[limit.metric] ?? limit.metric} ${boundText(limit)} for ${limit.meant}`, level: limit.level, status: 'missing',
    subject: { variant: null, target: null, device: null, unit: null }, evidence: null, dimension: limit.bound.dimension,
    value: null, low: null, high: null, base: null, limit: boundValue(limit, null), n: 0, message: 'nothing in this run matches',
  };
}

/** Another compiler or emulator than the baseline's: the change may be its own, so neither passed nor failed. */
function drifted(value: MetricValue, entry: MetricValue, drift: string): Decision {
  const [before, now] = [centerOf(entry), centerOf(value)];
  const figures = before === now ? `unchanged at ${formatValue(now, value.dimension)}` : `${formatValue(before, value.dimension)} → ${formatValue(now, value.dimension)}`;
  return {
    status: 'inconclusive', value: now, low: null, high: null, base: before, n: 1,
    message: `${figures}, not compared: the baseline was made by other tools (${drift}); dyno gate --update takes this run's`,
  };
}

function missing(message: string): Decision {
  return { status: 'missing', value: null, low: null, high: null, base: null, n: 0, message };
}
