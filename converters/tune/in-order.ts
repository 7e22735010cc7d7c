/**
 * Works on items, up to `parallel` at a time, and gives the results in the order of the items. After an error nothing new is begun; it is
 * thrown when what was begun has ended, the first by position.
 */
export async function inOrder<T, R>(items: readonly T[], parallel: number, work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const errors: { index: number; error: unknown }[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && errors.length === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T, index);
      } catch (error) {
        errors.push({ index, error });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, parallel) }, worker));
  const [first] = errors.sort((a, b) => a.index - b.index);
  if (first) throw first.error;
  return results;
}
