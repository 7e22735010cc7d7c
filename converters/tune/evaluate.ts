import { UserError } from '../../models/contracts/index.ts';
import type { StaticShapes } from '../../models/graph/index.ts';
import { cachedCompile, type CompileReport, type CompileRequest, type HtpOptions, type HtpToolchain, savedContext, trafficOf } from '../htp/index.ts';
import type { HtpSoc } from '../rules/index.ts';
import { JobFailure } from '../toolchain/index.ts';
import { type Candidate, htpOptions, nameOf, SAME_FACE } from './candidate.ts';
import { type Figures, failedRow, failureText, type Row } from './figures.ts';
import { inOrder } from './in-order.ts';
import type { Evaluator } from './search.ts';
import { type StripPlan, stripCount } from './strips.ts';
import type { Variant, VariantBuilder } from './variant-builder.ts';

export interface CompileEvaluatorOptions {
  readonly toolchain: HtpToolchain;
  readonly soc: HtpSoc;
  readonly builder: VariantBuilder;
  readonly shapes: StaticShapes;
  /** Which form of the variants is compiled: drafts while searching. */
  readonly care: 'draft' | 'final';
  /** Options that every candidate is compiled with, e.g. the VTCM that an app leaves. */
  readonly fixed: HtpOptions;
  /** The size of the context binary is wanted, which takes a compilation that writes it. */
  readonly withBinary: boolean;
  /** Compilations at once, and memory for all of them together, in bytes. */
  readonly parallel: number;
  readonly memoryBytes: number;
  readonly cache?: string;
  /** Called with each line as it is known, in no particular order. */
  readonly onRow?: (row: Row) => void;
  readonly signal?: AbortSignal;
}

/** What the compiler says of candidates, a few at a time within the memory given. One that needs more than its share is tried again alone. */
export function compileEvaluator(options: CompileEvaluatorOptions): Evaluator {
  const { parallel, memoryBytes, builder, onRow } = options;
  const known = (row: Row): Row => {
    onRow?.(row);
    return row;
  };
  return {
    evaluate: async (candidates) => {
      const first = await inOrder(candidates, parallel, async (candidate) => {
        const outcome = await compileCandidate(candidate, options, Math.floor(memoryBytes / parallel));
        return outcome === 'memory' ? outcome : known(outcome);
      });
      return inOrder(first, 1, async (outcome, i) => (outcome === 'memory' ? known(await alone(candidates[i] as Candidate, options)) : outcome));
    },
    lowerBound: async (candidate) => {
      try {
        const { limit } = await builder.draft(candidate);
        return limit.ownFace * (await stripsOf(candidate, options));
      } catch (error) {
        if (error instanceof UserError) return null;
        throw error;
      }
    },
  };
}

async function alone(candidate: Candidate, options: CompileEvaluatorOptions): Promise<Row> {
  const row = await compileCandidate(candidate, options, options.memoryBytes);
  return row === 'memory' ? failedRow(candidate, `compiling it needs more than ${Math.round(options.memoryBytes / 2 ** 20)} MiB of memory`) : row;
}

async function compileCandidate(candidate: Candidate, options: CompileEvaluatorOptions, memoryBytes: number): Promise<Row | 'memory'> {
  const { toolchain, soc, builder, fixed, withBinary, cache, signal, care } = options;
  try {
    const variant = await builder[care](candidate);
    const strips = await stripsOf(candidate, options);
    const request: CompileRequest = { modelPath: variant.path, soc, options: { ...fixed, ...htpOptions(candidate.compiler) }, memoryBytes, ...(signal ? { signal } : {}) };
    const saved = withBinary ? await savedContext(toolchain, request, cache) : null;
    const { report } = saved ?? (await cachedCompile(toolchain, request, cache));
    if (report.failure) return failedRow(candidate, failureText(report.failure));
    const binaryBytes = saved ? (saved.context?.binaries.reduce((sum, { bytes }) => sum + bytes, 0) ?? null) : null;
    const whole = candidate.rows === null ? variant : await builder[care]({ ...candidate, rows: null });
    const figures = { ...figuresOf(report, variant, strips, binaryBytes), limit: whole.limit };
    return { candidate, name: nameOf(candidate), outcome: 'compiled', figures, reason: objection(report, figures), score: null };
  } catch (error) {
    if (error instanceof UserError) return failedRow(candidate, error.message);
    if (error instanceof JobFailure && error.kind === 'timeout') return failedRow(candidate, 'the compiler did not end in time');
    if (error instanceof JobFailure && (error.kind === 'memory' || error.kind === 'killed')) return 'memory';
    throw error;
  }
}

/** Inferences per whole input. Throws UserError where strips do not fit the network. */
async function stripsOf(candidate: Candidate, { builder, shapes }: CompileEvaluatorOptions): Promise<number> {
  if (candidate.rows === null) return 1;
  const { strips: plan } = await builder.draft({ ...candidate, rows: null, place: 'float', face: SAME_FACE });
  if (typeof plan === 'string') throw new UserError(`It cannot go through in strips: ${plan}.`, ['Leave --rows out.']);
  const height = [...shapes.values()].find(({ length }) => length === 4)?.[2] ?? null;
  const count = height === null ? null : stripCount(height, candidate.rows, plan);
  if (count === null) throw new UserError(`Strips of ${candidate.rows} rows do not cover its input: ${describePlan(plan)}.`, ['Name another number of rows.']);
  return count;
}

function describePlan({ margin, period }: StripPlan): string {
  return `neighbours overlap by ${2 * margin} rows, and a strip is a multiple of ${period}`;
}

function figuresOf(report: CompileReport, variant: Variant, strips: number, binaryBytes: number | null): Omit<Figures, 'limit'> {
  const { all, spillFill } = trafficOf(report);
  const conversions = leftOnCpu(report, variant);
  return {
    valid: report.htpGraphs === 1 && conversions !== null, htpGraphs: report.htpGraphs, cpuNodes: report.cpuNodes, strips, binaryBytes,
    trafficBytes: all * strips, spillFillBytes: spillFill * strips, conversionBytes: (conversions ?? 0) * strips,
    modelSha256: variant.sha256,
  };
}

/**
 * What conversions at the face move that stay on the CPU; null where something else stays there. The provider makes some of them anew under
 * names of its own: as many as it counts and does not name are taken to be the largest that it does not name.
 */
function leftOnCpu({ nodes, cpuNodes }: CompileReport, { conversions }: Variant): number | null {
  const left = nodes.filter(({ unit }) => unit === 'cpu').map(({ label }) => label);
  const others = [...conversions].filter(([label]) => !left.includes(label)).map(([, bytes]) => bytes).sort((a, b) => b - a);
  const moved = [...left.map((label) => conversions.get(label)), ...others.slice(0, cpuNodes - left.length)];
  return moved.length < cpuNodes || moved.includes(undefined) ? null : moved.reduce<number>((sum, bytes) => sum + (bytes as number), 0);
}

function objection({ htpGraphs, cpuNodes }: CompileReport, { valid }: Pick<Figures, 'valid'>): string | null {
  if (valid) return null;
  return htpGraphs === 0 ? 'HTP takes none of it' : `${htpGraphs === 1 ? '1 graph' : `${htpGraphs} graphs`} on HTP, ${cpuNodes === 1 ? '1 node' : `${cpuNodes} nodes`} on the CPU`;
}
