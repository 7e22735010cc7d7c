/** Spearman's rank correlation: Pearson's of the ranks, ties sharing their mean rank. */
export function spearman(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const mean = (x.length + 1) / 2;
  const covariance = x.reduce((sum, rank, i) => sum + (rank - mean) * ((y[i] as number) - mean), 0);
  const spread = (list: readonly number[]): number => Math.sqrt(list.reduce((sum, rank) => sum + (rank - mean) ** 2, 0));
  return covariance / (spread(x) * spread(y));
}

function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}
