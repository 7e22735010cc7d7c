import type { AppState, ScreenId } from '../state/state.ts';
import { deviceRows } from './device-rows.ts';
import { findingRows } from './finding-rows.ts';
import { fuzzyScore } from './fuzzy.ts';
import { modelRows } from './model-rows.ts';
import { pastRows } from './past-rows.ts';
import { rewriteRows } from './rewrite-rows.ts';
import { isStop, type Row } from './row.ts';
import { runRows } from './run-rows.ts';
import { targetRows } from './target-rows.ts';

/** What a list shows after its filter, and where its cursor is; -1 where there is nothing to stand on. */
export interface VisibleRows {
  readonly rows: readonly Row[];
  readonly cursor: number;
}

const LISTS: Readonly<Partial<Record<ScreenId, (state: AppState) => Row[]>>> = {
  models: modelRows, targets: targetRows, devices: deviceRows, findings: findingRows, rewrites: rewriteRows, run: runRows, runs: pastRows,
};

/** One state is looked at by the reducer and by the screen: both see the same rows. */
const known = new WeakMap<AppState, VisibleRows>();

/** Rows that were made last, and what of the state they were made of: moving through thousands of them makes none anew. */
let made: { readonly of: readonly unknown[]; readonly rows: readonly Row[] } = { of: [], rows: [] };

/** Rows of the screen that is open; none where it shows text. */
export function visibleRows(state: AppState): VisibleRows {
  const before = known.get(state);
  if (before) return before;
  const rows = rowsOf(state);
  const visible = { rows, cursor: place(rows, state) };
  known.set(state, visible);
  return visible;
}

/** The row under the cursor. */
export function currentRow(state: AppState): Row | null {
  const { rows, cursor } = visibleRows(state);
  return rows[cursor] ?? null;
}

function rowsOf(state: AppState): readonly Row[] {
  const { screen, filters, choices, loads, expanded, marked, savedTo, saveTarget, config, cwd } = state;
  const of = [screen, filters[screen], choices, loads, expanded, marked, savedTo, saveTarget, config, cwd];
  if (of.length !== made.of.length || of.some((part, i) => part !== made.of[i])) made = { of, rows: filtered(LISTS[screen]?.(state) ?? [], filters[screen] ?? '') };
  return made.rows;
}

/** Rows that match, the best of each section first; sections without any go. */
function filtered(rows: readonly Row[], filter: string): readonly Row[] {
  if (filter.trim() === '') return rows;
  const sections: Row[][] = [];
  for (const one of rows) {
    if (one.kind === 'heading' || sections.length === 0) sections.push([]);
    sections.at(-1)?.push(one);
  }
  return sections.flatMap((section) => {
    const scored = section.flatMap((one) => {
      const score = isStop(one) ? fuzzyScore(filter, one.label, `${one.cells.join(' ')} ${one.words}`) : null;
      return score === null ? [] : [{ one, score }];
    });
    const found = scored.sort((a, b) => b.score - a.score).map(({ one }) => one);
    return found.length === 0 ? [] : [...section.filter(({ kind }) => kind === 'heading'), ...found];
  });
}

/** Where the cursor stands: on its row, where that is gone at its old place, at first on what is chosen. */
function place(rows: readonly Row[], { cursors, screen }: AppState): number {
  const cursor = cursors[screen];
  const stops = rows.flatMap((one, i) => (isStop(one) ? [i] : []));
  if (!cursor) return stops.find((i) => rows[i]?.chosen && rows[i]?.kind === 'many') ?? stops[0] ?? -1;
  const same = rows[cursor.index]?.id === cursor.id ? cursor.index : rows.findIndex(({ id }) => id === cursor.id);
  if (same >= 0) return same;
  return stops.find((i) => i >= cursor.index) ?? stops.at(-1) ?? -1;
}
