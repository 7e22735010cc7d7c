import type { SweepAxes, SweepReport } from '../../reports/sweep/sweep-schema.ts';
import { AXES } from './sweep-file.ts';

/** One table of several: rows and variants of the same name are replaced by later ones, columns are joined, fronts are left to whoever has all figures. */
export function joined(board: SweepReport | null, next: SweepReport): SweepReport {
  if (!board) return withAxes(next);
  const known = new Set(board.columns.map(({ id }) => id));
  const columns = [...board.columns, ...next.columns.filter(({ id }) => !known.has(id))];
  const models = new Set(next.rows.map(({ axes }) => axes.model));
  const rows = [...board.rows.filter(({ axes }) => !models.has(axes.model)), ...next.rows];
  const variants = [...board.variants.filter(({ axes }) => !models.has(axes.model)), ...next.variants];
  const absent = { value: null, evidence: null, note: null, missing: 'not measured' };
  return withAxes({ ...next, columns, variants, rows: rows.map((row) => ({ ...row, cells: Object.fromEntries(columns.map(({ id }) => [id, row.cells[id] ?? absent])) })) });
}

/** Which axes tell rows apart, and which are the same everywhere. */
function withAxes(report: SweepReport): SweepReport {
  const points = report.rows.map(({ axes }) => axes);
  const [first] = points;
  const same = AXES.filter((axis) => axis !== 'model' && first && axis in first && points.every((point) => point[axis] === first[axis]));
  return {
    ...report, pareto: [], rowAxes: AXES.filter((axis) => axis === 'model' || (!same.includes(axis) && points.some((point) => axis in point))),
    common: Object.fromEntries(same.map((axis) => [axis, first?.[axis]])) as Partial<SweepAxes>,
  };
}
