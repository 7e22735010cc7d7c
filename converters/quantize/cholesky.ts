/**
 * Upper factor U of the inverse of a symmetric positive definite matrix, A⁻¹ = Uᵀ·U (row-major `[n, n]`): what rounding one
 * weight after the other needs (Frantar et al., GPTQ, 2022, §3). Null where A is not positive definite.
 */
export function inverseUpperFactor(matrix: Float64Array, n: number): Float64Array | null {
  const lower = choleskyLower(matrix, n);
  if (!lower) return null;
  const inverse = choleskyLower(inverseFrom(lower, n), n);
  return inverse ? transpose(inverse, n) : null;
}

/** x with A·x = b for each right side b, A symmetric positive definite (row-major `[n, n]`); null where it is not. */
export function solveSymmetric(matrix: Float64Array, n: number, rightSides: readonly Float64Array[]): Float64Array[] | null {
  const lower = choleskyLower(matrix, n);
  return lower && rightSides.map((b) => backward(lower, n, forward(lower, n, b)));
}

/** y with L·y = b. */
function forward(lower: Float64Array, n: number, b: Float64Array): Float64Array {
  const y = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    let sum = y[i] as number;
    for (let k = 0; k < i; k++) sum -= (lower[i * n + k] as number) * (y[k] as number);
    y[i] = sum / (lower[i * n + i] as number);
  }
  return y;
}

/** x with Lᵀ·x = y. */
function backward(lower: Float64Array, n: number, y: Float64Array): Float64Array {
  const x = Float64Array.from(y);
  for (let i = n - 1; i >= 0; i--) {
    const value = (x[i] as number) / (lower[i * n + i] as number);
    x[i] = value;
    for (let k = 0; k < i; k++) x[k] = (x[k] as number) - (lower[i * n + k] as number) * value;
  }
  return x;
}

/** L with A = L·Lᵀ. */
function choleskyLower(matrix: Float64Array, n: number): Float64Array | null {
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j] as number;
      for (let k = 0; k < j; k++) sum -= (lower[i * n + k] as number) * (lower[j * n + k] as number);
      if (i !== j) lower[i * n + j] = sum / (lower[j * n + j] as number);
      else if (sum > 0) lower[i * n + i] = Math.sqrt(sum);
      else return null;
    }
  }
  return lower;
}

/** (L·Lᵀ)⁻¹ = L⁻ᵀ·L⁻¹. */
function inverseFrom(lower: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let column = 0; column < n; column++) {
    for (let i = column; i < n; i++) {
      let sum = i === column ? 1 : 0;
      for (let k = column; k < i; k++) sum -= (lower[i * n + k] as number) * (inverse[k * n + column] as number);
      inverse[i * n + column] = sum / (lower[i * n + i] as number);
    }
  }
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      let sum = 0;
      for (let k = j; k < n; k++) sum += (inverse[k * n + i] as number) * (inverse[k * n + j] as number);
      out[i * n + j] = out[j * n + i] = sum;
    }
  }
  return out;
}

function transpose(matrix: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[j * n + i] = matrix[i * n + j] as number;
  return out;
}
