import { modelCost, maxRank } from '../../../models/graph/index.ts';
import { realInputs } from '../../work/contract.ts';
import { formatType } from '../../work/describe-model.ts';
import type { ModelRef } from '../../work/model-refs.ts';
import { openModel } from '../../work/open-model.ts';
import { formatCount } from '../../../reports/model/format.ts';
import type { InspectOutput } from '../outputs.ts';
import type { Step } from '../step.ts';

/** Reads the model as it came: the variant that everything is compared with. */
export function inspectStep(ref: ModelRef, sha256: string, variantId: string): Step {
  return {
    id: `inspect:${ref.id}`,
    kind: 'inspect',
    title: `Read ${ref.id}`,
    needs: [],
    key: { path: ref.path, sha256, variantId },
    async run() {
      const output = inspectModel(ref, sha256, variantId);
      const { nodes, parameters, macs, opset } = output.model;
      return {
        output,
        summary: [
          `${nodes} nodes`,
          `${formatCount(parameters ?? 0)} parameters`,
          ...(macs === null ? [] : [`${formatCount(macs)} MACs`]),
          `opset ${opset}`,
        ].join(', '),
      };
    },
  };
}

/** What a report says of a model as it came. */
export function inspectModel(ref: ModelRef, sha256: string, variantId: string): InspectOutput {
  const { onnx, model, close } = openModel(ref.path);
  try {
    const { macs, parameters, nodes } = modelCost(model);
    const facts = { bytes: onnx.fileSize, nodes, parameters, macs, maxRank: maxRank(model) };
    const typed = (values: typeof model.graph.outputs) => values.map(({ name, type }) => ({ name, type: formatType(type) }));
    return {
      model: { id: ref.id, path: ref.path, sha256, opset: model.opset, ...facts, inputs: typed(realInputs(model)), outputs: typed(model.graph.outputs) },
      variant: { id: variantId, title: 'As exported', model: ref.id, target: null, precision: 'fp32', file: null, sha256, ...facts },
      file: ref.path,
      artifacts: [],
    };
  } finally {
    close();
  }
}
