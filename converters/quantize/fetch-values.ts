import type { Executor, NamedArrays, NdArray, RunOptions } from '../../models/contracts/index.ts';
import { staticShape, type Value } from '../../models/graph/index.ts';

/** Bytes of activations that one execution may bring back. */
const BATCH_BYTES = 256 * 2 ** 20;

/** Values inside of a model for one input, in as many executions as memory asks for. Graph inputs are left out: the caller has them. */
export async function* fetchValues(executor: Executor, modelPath: string, feed: NamedArrays, values: readonly Value[], options: RunOptions): AsyncIterableIterator<readonly [name: string, array: NdArray]> {
  for (const batch of batches(values.filter((value) => !value.isGraphInput))) {
    const [outputs] = await executor.run(modelPath, [feed], { ...options, fetch: batch.map(({ name }) => name) });
    for (const { name } of batch) {
      const array = outputs?.get(name);
      if (array) yield [name, array];
    }
  }
}

function* batches(values: readonly Value[]): IterableIterator<Value[]> {
  let batch: Value[] = [];
  let bytes = 0;
  for (const value of values) {
    const size = (staticShape(value.type)?.reduce((a, b) => a * b, 1) ?? 2 ** 22) * 4;
    if (batch.length > 0 && bytes + size > BATCH_BYTES) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(value);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
