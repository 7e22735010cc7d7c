import { type Candidate, type CompilerChoice, type Face, nameOf, type Place, SAME_FACE } from './candidate.ts';
import { compareRows, movedBytes, type Objective, prunedRow, type Row } from './figures.ts';
import { type Toggle, turnedOver } from './optional-rewrites.ts';

/** What may be chosen. Lists are looked at in their order. */
export interface SearchSpace {
  /** The model's own face first. */
  readonly faces: readonly Face[];
  /** The place that is expected to be best first. */
  readonly places: readonly Place[];
  readonly toggles: readonly Toggle[];
  /** Besides the library's own choice: tried on every way to rewrite, for they turn round which is best. */
  readonly compilers: readonly CompilerChoice[];
  /** Further choices, tried on the best of all that. */
  readonly refinements: readonly CompilerChoice[];
  /** Heights of strips to try. */
  readonly rows: readonly number[];
  /** Compilations at most. */
  readonly most: number;
}

export interface Evaluator {
  /** Lines in the order of the candidates. */
  evaluate(candidates: readonly Candidate[]): Promise<Row[]>;
  /** Bytes that a candidate cannot go below; null where nobody knows. */
  lowerBound(candidate: Candidate): Promise<number | null>;
}

/** Best faces and places that rewrites are tried on, variants of the best of them that compiler options are tried on, best of all for strips. */
const KEPT = { faces: 2, variants: 8, strips: 3 };
/** Toggles of which all subsets are tried; beyond, one at a time, and those that gain together. */
const MOST_SUBSETS = 3;

/**
 * Staged search: face and place of quantization first, then rewrites on the best of those, then compiler options, then strips. Each stage
 * takes its decision when all of its candidates are known, so that the outcome does not depend on what ends first. Candidates whose inputs,
 * outputs and weights alone weigh more than the best found are not compiled.
 */
export async function search(space: SearchSpace, evaluator: Evaluator, objective: Objective): Promise<Row[]> {
  const state = new SearchState(space, evaluator, objective);
  const plain: Candidate = { base: 'recipe', also: [], without: [], place: space.places[0] as Place, face: SAME_FACE, rows: null, compiler: {} };
  await state.compile([{ ...plain, base: 'as-is', place: 'float' }]);
  await faces(state, space, plain);
  await rewrites(state, space);
  await state.compile(state.variants(KEPT.variants).flatMap((candidate) => space.compilers.map((compiler) => ({ ...candidate, compiler }))));
  await state.compile(state.best(1).flatMap((candidate) => space.refinements.map((choice) => ({ ...candidate, compiler: { ...candidate.compiler, ...choice } }))));
  await state.compile(state.best(KEPT.strips).flatMap((candidate) => space.rows.map((rows) => ({ ...candidate, rows }))));
  return state.rows();
}

/** Other places of quantization are tried on the model's own face, and on the others where they gain there. */
async function faces(state: SearchState, { faces: choices, places }: SearchSpace, plain: Candidate): Promise<void> {
  const own = await state.compile(places.map((place) => ({ ...plain, place })));
  const [first] = [...own].sort(state.order);
  const others = choices.filter((face) => face.uint8 || face.nhwc);
  const worthwhile = first && first.candidate.place !== plain.place ? [plain.place, first.candidate.place] : [plain.place];
  for (const face of [...others].reverse()) await state.compile(worthwhile.map((place) => ({ ...plain, place, face })));
}

async function rewrites(state: SearchState, { toggles }: SearchSpace): Promise<void> {
  const starts = state.best(KEPT.faces).filter(({ base }) => base === 'recipe');
  if (toggles.length <= MOST_SUBSETS) {
    const subsets = subsetsOf(toggles);
    await state.compile(starts.flatMap((start) => subsets.map((subset) => ({ ...start, ...turnedOver(subset) }))));
    return;
  }
  for (const start of starts) {
    const singles = await state.compile(toggles.map((toggle) => ({ ...start, ...turnedOver([toggle]) })));
    const before = state.row(start);
    const gains = toggles.filter((_, i) => before && singles[i] && state.order(singles[i], before) < 0 && isBetter(singles[i], before));
    if (gains.length > 1) await state.compile([{ ...start, ...turnedOver(gains) }]);
  }
}

/** Strictly less traffic or fewer spills: not merely first by name. */
function isBetter(a: Row, b: Row): boolean {
  if (!a.figures || !b.figures) return a.figures !== null;
  return movedBytes(a.figures) < movedBytes(b.figures) || a.figures.spillFillBytes < b.figures.spillFillBytes;
}

function isNew(key: string, seen: Set<string>): boolean {
  const before = seen.size;
  return seen.add(key).size > before;
}

/** Without the empty one, smaller ones first. */
function subsetsOf<T>(items: readonly T[]): T[][] {
  const all = Array.from({ length: 2 ** items.length - 1 }, (_, mask) => items.filter((_item, i) => ((mask + 1) >> i) & 1));
  return all.sort((a, b) => a.length - b.length);
}

/** A whole graph in the precision that was asked for: the file as it stands is there to compare with. */
export function mayWin({ figures, candidate }: Row, { places }: Pick<SearchSpace, 'places'>): boolean {
  return figures?.valid === true && places.includes(candidate.place);
}

class SearchState {
  readonly order: (a: Row, b: Row) => number;
  readonly #evaluator: Evaluator;
  readonly #objective: Objective;
  readonly #space: SearchSpace;
  readonly #rows = new Map<string, Row>();
  #compiled = 0;

  constructor(space: SearchSpace, evaluator: Evaluator, objective: Objective) {
    this.#space = space;
    this.#evaluator = evaluator;
    this.#objective = objective;
    this.order = compareRows(objective);
  }

  rows(): Row[] {
    return [...this.#rows.values()];
  }

  row(candidate: Candidate): Row | undefined {
    return this.#rows.get(nameOf(candidate));
  }

  /** Candidates of the best lines that have figures. */
  best(count: number): Candidate[] {
    return this.#ranked().slice(0, count).map(({ candidate }) => candidate);
  }

  /** Different models with the face and place of the best. */
  variants(count: number): Candidate[] {
    const [best, ...others] = this.#ranked();
    if (!best) return [];
    const like = others.filter(({ candidate: { face, place } }) => place === best.candidate.place && face.uint8 === best.candidate.face.uint8 && face.nhwc === best.candidate.face.nhwc);
    const seen = new Set<string>();
    return [best, ...like].filter(({ figures }) => isNew(figures?.modelSha256 ?? '', seen)).slice(0, count).map(({ candidate }) => candidate);
  }

  /** Compiles what is new and may still win; the lines of all of them that have one. */
  async compile(candidates: readonly Candidate[]): Promise<Row[]> {
    const fresh: Candidate[] = [];
    for (const candidate of candidates) {
      if (this.row(candidate) || fresh.some((other) => nameOf(other) === nameOf(candidate))) continue;
      const reason = await this.#objection(candidate, fresh.length);
      if (reason === null) fresh.push(candidate);
      else this.#rows.set(nameOf(candidate), prunedRow(candidate, reason));
    }
    this.#compiled += fresh.length;
    for (const row of await this.#evaluator.evaluate(fresh)) this.#rows.set(row.name, row);
    return candidates.flatMap((candidate) => this.row(candidate) ?? []);
  }

  async #objection(candidate: Candidate, ahead: number): Promise<string | null> {
    const { most } = this.#space;
    if (this.#compiled + ahead >= most) return `the limit of ${most} compilations is reached`;
    const [best] = this.#ranked();
    if (!best?.figures || (this.#objective !== 'traffic' && this.#objective !== 'quality')) return null;
    const bound = await this.#evaluator.lowerBound(candidate);
    if (bound === null || bound < movedBytes(best.figures)) return null;
    return `its inputs, outputs and weights alone are ${(bound / 1e6).toFixed(1)} MB`;
  }

  #ranked(): Row[] {
    return this.rows().filter((row) => mayWin(row, this.#space)).sort(this.order);
  }
}
