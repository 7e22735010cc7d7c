import { dtypeName } from '../../../contracts/dtype.ts';
import type { Dim } from '../../types.ts';
import { fromFront, type OpCall, type OpRule, type OpTable, tensor } from '../op-call.ts';

const like: OpRule = (call) => tensor(call.dtype(0), call.shape(0));

/** Besides Y: running mean and variance, in training mode (opset 14 on) or as saved statistics (before). */
const batchNormalization: OpRule = (call) => {
  const channels = call.shape(3) ?? call.shape(1);
  return Array.from({ length: call.outputs }, (_, i) => (i === 0 ? tensor(call.dtype(0), call.shape(0)) : tensor(call.dtype(3), channels)));
};

/** Mean and inverse deviation have size 1 from `axis` on. */
const layerNormalization: OpRule = (call) => {
  const input = call.shape(0);
  const statistics = tensor(dtypeName(call.attributes.int('stash_type', 1)), reducedFrom(call, input));
  return [tensor(call.dtype(0), input), statistics, statistics];
};

function reducedFrom(call: OpCall, input: readonly Dim[] | null): Dim[] | null {
  const axis = input && fromFront(call.attributes.int('axis', -1), input.length);
  return input && axis !== null ? input.map((dim, i) => (i < axis ? dim : 1)) : null;
}

/** Normalisations. */
export const NORMALIZATION = {
  BatchNormalization: batchNormalization,
  InstanceNormalization: like,
  GroupNormalization: like,
  LayerNormalization: layerNormalization,
  RMSNormalization: like,
  RotaryEmbedding: like,
} satisfies OpTable;
