/** Where an operation runs. `other`: off the unit that was asked for, no telling where. `absorbed`: no operation of that name was left (fused, folded). */
export type Place = 'htp' | 'ane' | 'gpu' | 'cpu' | 'other' | 'absorbed';

export interface PlacedOperation {
  readonly name: string;
  readonly opType: string;
  readonly place: Place;
  /** In the quantity of `OperationPlacement.by`. */
  readonly work: number;
  /** Neighbours of one place that this entry stands for; absent: 1. */
  readonly count?: number;
}

/** Operations of a model in execution order, each where it runs. Whose word that is, the record that holds it says as its evidence. */
export interface OperationPlacement {
  /** What `work` counts: multiply-accumulates, cycles, or the share of the cost as a planner estimates it. */
  readonly by: 'macs' | 'cycles' | 'cost';
  readonly operations: readonly PlacedOperation[];
}

/** Entries of one record at most, so that models of thousands of nodes stay small in reports. */
const MOST_ENTRIES = 400;

/** The same placement in at most `most` entries where runs of one place allow it: neighbours of little work are joined first. Changes of place stay. */
export function joinRuns(operations: readonly PlacedOperation[], most = MOST_ENTRIES): PlacedOperation[] {
  let entries = [...operations];
  while (entries.length > most) {
    const joined = joinLightest(entries, most);
    if (joined.length === entries.length) break;
    entries = joined;
  }
  return entries;
}

/** Joins the lightest quarter of the pairs of neighbours in one place, as far as `most` asks; each entry at most once, so that no entry grows alone. */
function joinLightest(entries: readonly PlacedOperation[], most: number): PlacedOperation[] {
  const pairs = entries.slice(1).flatMap((entry, i) => {
    const before = entries[i] as PlacedOperation;
    return before.place === entry.place ? [{ i, work: before.work + entry.work }] : [];
  });
  const taken = new Set<number>();
  const joins = new Set<number>();
  for (const { i } of pairs.sort((a, b) => a.work - b.work || a.i - b.i).slice(0, Math.ceil(pairs.length / 4))) {
    if (entries.length - joins.size <= most) break;
    if (taken.has(i) || taken.has(i + 1)) continue;
    taken.add(i).add(i + 1);
    joins.add(i);
  }
  return entries.flatMap((entry, i) => (joins.has(i - 1) ? [] : joins.has(i) ? [join(entry, entries[i + 1] as PlacedOperation)] : [entry]));
}

function join(a: PlacedOperation, b: PlacedOperation): PlacedOperation {
  const [first] = a.name.split(' … ') as [string];
  return {
    name: `${first} … ${b.name.split(' … ').at(-1)}`, opType: a.opType === b.opType ? a.opType : 'several', place: a.place,
    work: a.work + b.work, count: (a.count ?? 1) + (b.count ?? 1),
  };
}
