import type { Dim } from '../../types.ts';
import { type OpRule, type OpTable, tensor } from '../op-call.ts';

/** Input [steps, batch, size] (or batch first with `layout` 1) → Y [steps, directions, batch, hidden], then final states. */
const recurrent: OpRule = (call) => {
  const hidden: Dim = call.attributes.int('hidden_size') ?? call.shape(2)?.[2] ?? null;
  const directions = call.attributes.string('direction', 'forward') === 'bidirectional' ? 2 : 1;
  const [first = null, second = null] = call.shape(0) ?? [];
  const batchFirst = call.attributes.int('layout', 0) !== 0;
  const [steps, batch] = batchFirst ? [second, first] : [first, second];
  const state = tensor(call.dtype(0), batchFirst ? [batch, directions, hidden] : [directions, batch, hidden]);
  return [tensor(call.dtype(0), batchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden]), state, state];
};

/** Recurrent layers. */
export const RECURRENT: OpTable = { RNN: recurrent, GRU: recurrent, LSTM: recurrent };
