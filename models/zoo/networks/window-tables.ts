/** Bias of each head for each pair of tokens of a window, [heads, side², side²], from a table [(2·side − 1)², heads] over their offset. */
export function biasFromTable(table: Float64Array, heads: number, side: number): Float64Array {
  const [tokens, width] = [side * side, 2 * side - 1];
  const bias = new Float64Array(heads * tokens * tokens);
  for (let p = 0; p < tokens; p++) {
    for (let q = 0; q < tokens; q++) {
      const rows = Math.floor(p / side) - Math.floor(q / side) + side - 1;
      const columns = (p % side) - (q % side) + side - 1;
      for (let head = 0; head < heads; head++) bias[(head * tokens + p) * tokens + q] = table[(rows * width + columns) * heads + head] as number;
    }
  }
  return bias;
}

/** −100 where two tokens of a window come from different regions of a picture that was rolled by half a window; [windows, side², side²]. */
export function shiftMask(height: number, width: number, side: number): Float64Array {
  const [tokens, across] = [side * side, width / side];
  const region = (at: number, size: number): number => (at < size - side ? 0 : at < size - side / 2 ? 1 : 2);
  const windows = (height / side) * across;
  const mask = new Float64Array(windows * tokens * tokens);
  for (let window = 0; window < windows; window++) {
    const [top, left] = [Math.floor(window / across) * side, (window % across) * side];
    const regions = Array.from({ length: tokens }, (_, i) => 3 * region(top + Math.floor(i / side), height) + region(left + (i % side), width));
    for (let p = 0; p < tokens; p++) for (let q = 0; q < tokens; q++) mask[(window * tokens + p) * tokens + q] = regions[p] === regions[q] ? 0 : -100;
  }
  return mask;
}
