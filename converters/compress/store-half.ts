import { DTYPE_CODES, UserError } from '../../models/contracts/index.ts';
import { constantOperands, type Model, type Value } from '../../models/graph/index.ts';
import type { Tensor } from '../../models/onnx/index.ts';
import type { Change, Kept, StepLog } from './log.ts';
import { type Replacement, replaceConstants } from './replace-constants.ts';
import { Rounding } from './rounding.ts';
import type { CompressionStep } from './spec.ts';
import { mayChange, type StepContext } from './step-context.ts';
import { weightsOf } from './weights.ts';

/** Smaller constants would cost more in nodes than they save. */
const SMALLEST = 16;

/** Casts to and from bfloat16 exist from here on. */
const BFLOAT16_OPSET = 13;

/**
 * Stores trained float32 tensors in 16 bits with a Cast to float32 behind each; shared ones once. Runtimes fold the Casts when they load:
 * the file halves, arithmetic and memory stay. A tensor stays float32 where a finite value would leave the range.
 */
export function storeHalf(context: StepContext, step: Extract<CompressionStep, { kind: 'storage' }>): StepLog {
  const { dtype } = step;
  const { model } = context;
  if (dtype === 'bfloat16' && model.opset < BFLOAT16_OPSET) {
    throw new UserError(`bfloat16 needs opset ${BFLOAT16_OPSET}, and the model uses ${model.opset}.`, [`Raise it: dyno rewrite MODEL -t host --opset ${BFLOAT16_OPSET}.`]);
  }
  const [changes, kept]: [Change[], Kept[]] = [[], []];
  const replacements = new Map<Value, Replacement>();
  const rounding = new Rounding(dtype);
  for (const value of trainedConstants(model)) {
    if (!mayChange(context, value.name)) continue;
    const tensor = value.constant as Tensor;
    const rounded = rounding.round(tensor);
    if (typeof rounded === 'string') {
      kept.push({ where: value.name, reason: rounded });
      continue;
    }
    changes.push({ where: value.name, changed: tensor.size, of: tensor.size });
    replacements.set(value, (patch) => patch.node('Cast', [patch.constant(rounded, `${value.name}_${dtype}`)], {
      name: `${value.name}_Cast`, attributes: { to: DTYPE_CODES.float32 }, types: [{ kind: 'tensor', dtype: 'float32', shape: tensor.dims }],
    }));
  }
  if (replacements.size > 0) replaceConstants(model, replacements);
  return { step, changes, kept, facts: rounding.facts };
}

/** Float32 tensors that were trained, each once. */
function trainedConstants(model: Model): Set<Value> {
  const found = new Set(weightsOf(model).map(({ value }) => value));
  for (const node of model.graph.nodes()) {
    const trained = new Set(constantOperands(node));
    for (const value of node.inputs) if (value?.constant && trained.has(value.constant)) found.add(value);
  }
  return new Set([...found].filter(({ constant }) => constant?.dtype === 'float32' && constant.size >= SMALLEST));
}
