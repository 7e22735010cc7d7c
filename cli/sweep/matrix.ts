import { UserError } from '../../models/contracts/errors.ts';
import type { SweepAxes } from '../../reports/sweep/sweep-schema.ts';
import { checkAxes, USUAL, variantId } from './axes.ts';
import type { Filters } from './filters.ts';
import { AXES, type Axis, type SweepFile } from './sweep-file.ts';

/** One variant at its place in the table, before axes are laid side by side. */
export interface Line {
  /** The same for all lines of one row of the config. */
  readonly row: number;
  readonly label: string | null;
  /** Null for a row that is `absent`. */
  readonly axes: SweepAxes | null;
  readonly published: Readonly<Record<string, number>>;
  readonly absent: string | null;
}

export interface Matrix {
  readonly lines: readonly Line[];
  /** Each once, in the order of the lines. */
  readonly variants: readonly SweepAxes[];
}

/** Scales that models have where nobody says one; null where they have none. */
export type UsualScales = Readonly<Record<string, number | null>>;

type Lists = { readonly [A in Axis]?: SweepAxes[A] | readonly SweepAxes[A][] | undefined };

/**
 * All variants of a config: the product of the axes for every row, less what is excluded, plus what is included; of equal ones in unnamed rows the
 * first. Throws UserError for values that nobody knows, rules that match nothing, and where nothing is left.
 */
export function planMatrix(file: SweepFile, filters: Filters = new Map(), scales: UsualScales = {}): Matrix {
  const base: Lists = { model: Object.keys(file.models), ...file.axes };
  const rows: readonly ProductRow[] = file.rows ?? [{}];
  const product = rows.flatMap((row, index) => linesOf(row, index, base, file, scales));
  refuseIdle(file, product);
  const kept = product.filter(({ axes }) => !axes || !file.exclude?.some((rule) => matches(rule, axes)));
  const added = (file.include ?? []).flatMap((rule, i) => linesOf(rule, rows.length + i, base, file, scales));
  const lines = withoutRepeats([...kept, ...added]).filter(({ axes, label }) => fits(filters, axes, label)).map((line) => withPublished(line, file));
  if (lines.length === 0) throw new UserError('No variant is left.', ['Look at "exclude" and --only: dyno sweep --dry-run shows the matrix without --only.']);
  return { lines, variants: distinct(lines.flatMap(({ axes }) => axes ?? [])) };
}

/** Points of which each is there once. */
export function distinct(points: readonly SweepAxes[]): SweepAxes[] {
  return [...new Map(points.map((axes) => [variantId(axes), axes])).values()];
}

/** Whether a point has one of the values on every axis that a rule names. */
export function matches(rule: Lists, axes: SweepAxes): boolean {
  return AXES.every((axis) => rule[axis] === undefined || [rule[axis]].flat().includes(axes[axis]));
}

interface ProductRow extends Lists {
  readonly label?: string | undefined;
  readonly published?: Readonly<Record<string, number>> | undefined;
  readonly absent?: string | undefined;
}

function linesOf({ label, published, absent, ...own }: ProductRow, row: number, base: Lists, { models }: SweepFile, scales: UsualScales): Line[] {
  const common = { row, label: label ?? null, published: published ?? {}, absent: absent ?? null };
  if (absent !== undefined) {
    if (label === undefined) throw new UserError(`Row ${row + 1} is absent and has no label.`, ['Give it one: { "label": "…", "absent": "why" }.']);
    return [{ ...common, axes: null }];
  }
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return productOf({ ...base, ...given }).map((axes) => ({ ...common, axes: known(checkAxes({ ...axes, scale: axes.scale ?? scales[axes.model] ?? null }), models) }));
}

/** All points, the last axis running fastest. */
function productOf(lists: Lists): SweepAxes[] {
  const start: Partial<SweepAxes>[] = [{}];
  const points = AXES.reduce((sofar, axis) => {
    const values = [lists[axis] ?? (USUAL as Partial<SweepAxes>)[axis] ?? null].flat();
    return sofar.flatMap((point) => values.map((value) => ({ ...point, [axis]: value })));
  }, start);
  return points as SweepAxes[];
}

function known(axes: SweepAxes, models: SweepFile['models']): SweepAxes {
  if (Object.hasOwn(models, axes.model)) return axes;
  throw new UserError(`There is no model "${axes.model}" among the models.`, [`Models: ${Object.keys(models).join(', ')}.`]);
}

/** A rule that takes nothing out is a misspelt one. */
function refuseIdle({ exclude = [] }: SweepFile, product: readonly Line[]): void {
  const idle = exclude.find((rule) => !product.some(({ axes }) => axes && matches(rule, axes)));
  if (idle) throw new UserError(`"exclude" ${JSON.stringify(idle)} matches no variant.`, ['Look at its values, or take it out.']);
}

/** The same variant twice is one line, unless two rows give it two names. */
function withoutRepeats(lines: readonly Line[]): Line[] {
  const seen = new Set<string>();
  return lines.filter(({ axes, label }) => {
    const key = JSON.stringify([label, axes && variantId(axes)]);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew || !axes;
  });
}

function fits(filters: Filters, axes: SweepAxes | null, label: string | null): boolean {
  const rows = filters.get('row');
  if (rows && !(label !== null && rows.includes(label))) return false;
  return AXES.every((axis) => {
    const values = filters.get(axis);
    return !values || (axes !== null && values.includes(String(axes[axis] ?? 'own')));
  });
}

function withPublished(line: Line, { published = [] }: SweepFile): Line {
  const { axes } = line;
  if (!axes) return line;
  const values = published.filter(({ where }) => matches(where, axes)).map((one) => one.values);
  return { ...line, published: Object.assign({}, ...values, line.published) as Record<string, number> };
}
