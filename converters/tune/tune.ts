import { rm } from 'node:fs/promises';
import { UserError } from '../../models/contracts/index.ts';
import { Model } from '../../models/graph/index.ts';
import { isQuantizedInside } from '../quantize/index.ts';
import { type CompilerChoice, type Face, type Place, SAME_FACE } from './candidate.ts';
import { compileEvaluator } from './evaluate.ts';
import { compareRows, type Row } from './figures.ts';
import { togglesOf } from './optional-rewrites.ts';
import { inPreference } from './preference.ts';
import { type Proof, proveVariant } from './prove.ts';
import { type Evaluator, mayWin, search, type SearchSpace } from './search.ts';
import type { TuneRequest } from './tune-request.ts';
import { type TuneSource, type Variant, VariantBuilder } from './variant-builder.ts';

export interface TuneResult {
  /** Best first; what was not compiled last. */
  readonly rows: readonly Row[];
  readonly winner: Row;
  readonly variant: Variant;
  /** Null where nothing was verified. */
  readonly proof: Proof | null;
}

const MOST = 64;
const PARALLEL = 2;
/** Beside it stand this process, ONNX Runtime's and the worker: 4 GB in all. */
const MEMORY_BYTES = 3 * 2 ** 30;

/** What the compiler of QAIRT 2.51 was seen to answer differently to (test/bench/htp-traffic.ts); mode 2 is what it does unasked. */
const COMPILERS: readonly CompilerChoice[] = [{ optimization: 1 }, { optimization: 3 }];
const REFINEMENTS: readonly CompilerChoice[] = [{ spillFillBuffer: true }];

/**
 * Looks for the variant of a model that is best on a chip by what Qualcomm's compiler says of it, and proves that the one it takes is the same
 * function. `use` gets the result while the winner's file is there. Deterministic for a source and library build, whatever ends first. Throws
 * UserError where no candidate makes one graph, or none reaches the floor.
 */
export async function tuneForHtp<T>(request: TuneRequest, use: (result: TuneResult) => Promise<T>): Promise<T> {
  const builder = new VariantBuilder(request.source, request.folder);
  try {
    const space = await spaceOf(request, builder);
    const drafts = evaluatorOf(request, builder, 'draft');
    const found = request.candidates ? await drafts.evaluate(request.candidates) : await search(space, drafts, request.objective);
    const rows = [...found].sort(compareRows(request.objective));
    return await use(await choose(rows, space, request, builder));
  } finally {
    await rm(request.folder, { recursive: true, force: true });
  }
}

async function spaceOf({ source, allow, rows = [], most = MOST, candidates, fixed }: TuneRequest, builder: VariantBuilder): Promise<SearchSpace> {
  const places = placesOf(source, candidates);
  const compilers = fixed?.optimization === undefined ? COMPILERS : [];
  const toggles = candidates ? [] : togglesOf((await builder.recipeLog()).records);
  return { faces: facesOf(allow), places, toggles, compilers, refinements: REFINEMENTS, rows, most };
}

/** Whoever names candidates means them all to be able to win. A model that is quantized stays as it is quantized. */
function placesOf({ precision, proto }: TuneSource, candidates: TuneRequest['candidates']): Place[] {
  if (candidates) return ['everywhere', 'layers', 'float'];
  return precision.startsWith('w') && !isQuantizedInside(new Model(proto).graph) ? ['everywhere', 'layers'] : ['float'];
}

function facesOf({ layout, dtype }: TuneRequest['allow']): Face[] {
  return [SAME_FACE, ...(layout ? [{ uint8: false, nhwc: true }] : []), ...(dtype ? [{ uint8: true, nhwc: false }] : []), ...(layout && dtype ? [{ uint8: true, nhwc: true }] : [])];
}

function evaluatorOf({ toolchain, soc, source, objective, fixed = {}, parallel = PARALLEL, memoryBytes = MEMORY_BYTES, cache, onRow }: TuneRequest, builder: VariantBuilder, care: 'draft' | 'final'): Evaluator {
  return compileEvaluator({
    toolchain, soc, builder, care, shapes: source.shapes, fixed, parallel, memoryBytes, withBinary: objective === 'size',
    ...(cache === undefined ? {} : { cache }), ...(onRow ? { onRow } : {}), ...(source.signal ? { signal: source.signal } : {}),
  });
}

/**
 * The first line, in order of preference, that is quantized with care, reaches the floor and is proved. A draft that comes first is made again and
 * takes the place that its final figures give it: scales can change what a graph moves, where equal ones let steps merge.
 */
async function choose(rows: readonly Row[], space: SearchSpace, request: TuneRequest, builder: VariantBuilder): Promise<TuneResult> {
  const { objective, floor, verify, onNote, onRow: _, ...rest } = request;
  const finals = evaluatorOf({ ...rest, objective, verify }, builder, 'final');
  const table = new Map(rows.map((row) => [row.name, row]));
  const made = new Set<string>();
  const turnedDown = new Set<string>();
  const scores = new Map<string, number>();
  const ranked = (): Row[] => [...table.values()].sort(compareRows(objective));
  const next = (): Row | undefined => inPreference(ranked().filter((row) => mayWin(row, space) && !turnedDown.has(row.name)), objective)[0];
  for (let row = next(); row; row = next()) {
    if (!made.has(row.name)) {
      onNote?.(`making ${row.name}`);
      const [final] = (await finals.evaluate([row.candidate])) as [Row];
      table.set(row.name, mayWin(final, space) ? await withScore(final, request, builder, scores) : final);
      made.add(row.name);
    } else if (row.score !== null && floor !== undefined && row.score < floor) turnedDown.add(row.name);
    else {
      if (verify) onNote?.(`verifying ${row.name}`);
      const proof = verify ? await proveVariant(row.candidate, request, builder) : null;
      if (!proof || proof.failure === null) return { rows: ranked(), winner: row, variant: await builder.final(row.candidate), proof };
      table.set(row.name, { ...row, outcome: 'failed', reason: proof.failure });
      turnedDown.add(row.name);
    }
  }
  throw nothingFound(ranked(), request);
}

async function withScore(row: Row, { scorer, onNote, source }: TuneRequest, builder: VariantBuilder, scores: Map<string, number>): Promise<Row> {
  if (!scorer) return row;
  const { path, contracts, sha256 } = await builder.small(row.candidate);
  onNote?.(`scoring ${row.name}`);
  const score = scores.get(sha256) ?? (await scorer(contracts).score(path, source.signal));
  scores.set(sha256, score);
  return { ...row, score };
}

function nothingFound(rows: readonly Row[], { soc, floor }: TuneRequest): UserError {
  const best = Math.max(...rows.flatMap(({ score }) => score ?? []));
  if (floor !== undefined && Number.isFinite(best)) {
    return new UserError(`No candidate reaches ${floor}; the best has ${best.toFixed(3)}.`, ['Lower the floor (--floor), or calibrate otherwise (--method, --data).']);
  }
  const reasons = [...new Set(rows.flatMap(({ reason, outcome }) => (reason !== null && outcome !== 'pruned' ? [reason] : [])))].slice(0, 3);
  return new UserError(`No candidate is one graph on ${soc.chip}: ${reasons.join('; ')}.`, ['dyno check MODEL --target htp:CHIP says which nodes stand in the way.']);
}
