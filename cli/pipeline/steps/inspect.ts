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
      const { onnx, model, close } = openModel(ref.path);
      const { macs, parameters, nodes } = modelCost(model);
      const facts = { bytes: onnx.fileSize, nodes, parameters, macs, maxRank: maxRank(model) };
      const face = { inputs: realInputs(model), outputs: model.graph.outputs };
      const typed = (values: typeof face.outputs) => values.map(({ name, type }) => ({ name, type: formatType(type) }));
      close();
      const output: InspectOutput = {
        model: {
          id: ref.id,
          path: ref.path,
          sha256,
          opset: model.opset,
          ...facts,
          inputs: typed(face.inputs),
          outputs: typed(face.outputs),
        },
        variant: { id: variantId, title: 'As exported', model: ref.id, target: null, precision: 'fp32', file: null, sha256, ...facts },
        file: ref.path,
        artifacts: [],
      };
      return {
        output,
        summary: [
          `${nodes} nodes`,
          `${formatCount(parameters)} parameters`,
          ...(macs === null ? [] : [`${formatCount(macs)} MACs`]),
          `opset ${model.opset}`,
        ].join(', '),
      };
    },
  };
}
