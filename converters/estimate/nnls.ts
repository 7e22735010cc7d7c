/**
 * argmin ‖A·x − b‖ over x ≥ 0, for few columns: the least-squares solution of every set of columns is found, and the best among those
 * without a negative entry taken, which is the optimum exactly. Sets whose columns depend on one another add nothing that a smaller set has
 * not, and are passed over; of equally good ones the smallest is taken. `rows` are those of A, one entry of `target` each. Throws RangeError
 * for more than 12 columns, rows of different lengths, and entries that are not finite.
 */
export function nonNegativeLeastSquares(rows: readonly (readonly number[])[], target: readonly number[]): number[] {
  const columns = rows[0]?.length ?? 0;
  refuseUnsound(rows, target, columns);
  let best = { x: Array.from({ length: columns }, () => 0), residual: target.reduce((sum, b) => sum + b * b, 0) };
  for (const support of supportsOf(columns)) {
    const solution = leastSquares(rows.map((row) => support.map((column) => row[column] as number)), target);
    if (!solution || solution.x.some((value) => value < 0) || solution.residual >= best.residual * (1 - TIE)) continue;
    const x = Array.from({ length: columns }, () => 0);
    for (const [i, column] of support.entries()) x[column] = solution.x[i] as number;
    best = { x, residual: solution.residual };
  }
  return best.x;
}

const MOST_COLUMNS = 12;

/** Relative improvement of the residual below which a larger set of columns counts as no better. */
const TIE = 1e-12;

/** A column whose part that others do not explain is this small against itself depends on them. */
const DEPENDENT = 1e-10;

function refuseUnsound(rows: readonly (readonly number[])[], target: readonly number[], columns: number): void {
  if (columns > MOST_COLUMNS) throw new RangeError(`${columns} columns are more than ${MOST_COLUMNS}`);
  if (rows.length !== target.length || rows.some((row) => row.length !== columns)) throw new RangeError('rows and target do not fit together');
  if (![...rows.flat(), ...target].every(Number.isFinite)) throw new RangeError('an entry is not a finite number');
}

/** All non-empty sets of columns, small ones first. */
function supportsOf(columns: number): number[][] {
  const all = Array.from({ length: 2 ** columns - 1 }, (_, i) => Array.from({ length: columns }, (_unused, column) => column).filter((column) => ((i + 1) >> column) & 1));
  return all.sort((a, b) => a.length - b.length);
}

/** By orthogonal columns (modified Gram-Schmidt, the target among them); null where columns depend on one another. */
function leastSquares(rows: readonly (readonly number[])[], target: readonly number[]): { x: number[]; residual: number } | null {
  const n = rows[0]?.length ?? 0;
  const q = Array.from({ length: n }, (_, column) => rows.map((row) => row[column] as number));
  const rest = [...target];
  const r: number[][] = [];
  const z: number[] = [];
  for (let k = 0; k < n; k++) {
    const column = q[k] as number[];
    const before = norm(rows.map((row) => row[k] as number));
    const length = norm(column);
    if (length <= DEPENDENT * before) return null;
    for (let i = 0; i < column.length; i++) column[i] = (column[i] as number) / length;
    r[k] = [];
    (r[k] as number[])[k] = length;
    for (let j = k + 1; j < n; j++) (r[k] as number[])[j] = takeOut(q[j] as number[], column);
    z[k] = takeOut(rest, column);
  }
  return { x: backSubstitute(r, z), residual: norm(rest) ** 2 };
}

/** Takes the part along the unit vector `direction` out of `vector` and returns its length. */
function takeOut(vector: number[], direction: readonly number[]): number {
  const along = vector.reduce((sum, value, i) => sum + value * (direction[i] as number), 0);
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) - along * (direction[i] as number);
  return along;
}

function backSubstitute(r: readonly (readonly number[])[], z: readonly number[]): number[] {
  const x: number[] = [];
  for (let k = z.length - 1; k >= 0; k--) {
    let value = z[k] as number;
    for (let j = k + 1; j < z.length; j++) value -= ((r[k] as number[])[j] as number) * (x[j] as number);
    x[k] = value / ((r[k] as number[])[k] as number);
  }
  return x;
}

function norm(vector: readonly number[]): number {
  return Math.hypot(...vector);
}
