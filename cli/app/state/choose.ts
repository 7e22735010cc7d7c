import { rowKind } from '../rows/device-rows.ts';
import { currentRow, visibleRows } from '../rows/rows-of.ts';
import { isAllowance } from '../rows/rewrite-rows.ts';
import type { Row } from '../rows/row.ts';
import { isPrecision } from '../rows/target-rows.ts';
import type { FoundModel } from './found.ts';
import type { AppState, Choices } from './state.ts';

/** The state after space on a row: chosen or not any more, one of its section, expanded, marked. A blocked row says why instead. */
export function toggle(state: AppState, id?: string): AppState {
  const row = id === undefined ? currentRow(state) : visibleRows(state).rows.find((one) => one.id === id);
  if (!row) return state;
  if (row.blocked !== null && !row.chosen) return { ...state, notice: row.blocked };
  if (row.kind === 'open') return row.expanded === null ? state : withExpanded(state, row);
  if (state.screen === 'runs') return withMark(state, row.id);
  const change = changed(state, row);
  return change === null ? state : { ...state, choices: { ...state.choices, ...change }, savedTo: null };
}

/** The state with a model that was typed, chosen. */
export function withModel(state: AppState, model: FoundModel): AppState {
  const files = state.loads.files;
  if (!files?.value) return { ...state, path: null };
  const known = files.value.models.find(({ path }) => path === model.path);
  const { id } = known ?? model;
  const models = known ? files.value.models : [model, ...files.value.models];
  return {
    ...state, path: null, savedTo: null,
    loads: { ...state.loads, files: { ...files, value: { ...files.value, models } } },
    choices: { ...state.choices, models: [...new Set([...state.choices.models, id])] },
    cursors: { ...state.cursors, models: { id, index: 0 } },
  };
}

function changed({ screen, choices }: AppState, row: Row): Partial<Choices> | null {
  switch (screen) {
    case 'models':
      return { models: flipped(choices.models, row.value) };
    case 'targets':
      return isPrecision(row) ? { precision: row.value as Choices['precision'] } : { targets: flipped(choices.targets, row.value) };
    case 'devices':
      return deviceChange(choices, row);
    case 'rewrites':
      return isAllowance(row) ? { allow: flipped(choices.allow, row.value as Choices['allow'][number]) } : { skip: flipped(choices.skip, row.value) };
    default:
      return null;
  }
}

function deviceChange(choices: Choices, row: Row): Partial<Choices> {
  switch (rowKind(row)) {
    case 'device':
      return { devices: flipped(choices.devices, row.value), units: [] };
    case 'unit':
      return { units: flipped(choices.units, row.value) };
    case 'pictures':
      return { pictures: row.value === '' ? null : row.value };
    case 'profile':
      return { profile: row.value as Choices['profile'] };
  }
}

function flipped<T>(list: readonly T[], item: T): T[] {
  return list.includes(item) ? list.filter((other) => other !== item) : [...list, item];
}

function withExpanded(state: AppState, { id, expanded }: Row): AppState {
  const ids = new Set(state.expanded);
  if (expanded) ids.delete(id);
  else ids.add(id);
  return { ...state, expanded: ids };
}

/** Of more than two the earliest mark goes. */
function withMark(state: AppState, id: string): AppState {
  return { ...state, marked: flipped(state.marked, id).slice(-2) };
}
