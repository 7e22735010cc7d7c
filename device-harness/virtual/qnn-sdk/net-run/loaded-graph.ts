import type { QnnBackend, QnnTensor } from '../../../../converters/qnn/artifact.ts';
import type { NamedArrays } from '../../../../models/contracts/executor.ts';
import { sha256File } from '../../../../models/onnx/sha256.ts';
import { ToolFailure } from '../tools/documented-tool.ts';
import type { ToolCall } from '../tool.ts';
import type { LoadedLibrary } from './libraries.ts';
import { type BoundTensor, bindTensor, fromOutputs, type NativeTensors, toFeed } from './onnx-binding.ts';
import type { GraphModel, Operation } from './operation.ts';
import type { NetRunOptions } from './options.ts';
import type { Phone } from './phone.ts';

/** A graph that can run on the phone. */
export interface LoadedGraph {
  readonly name: string;
  readonly form: NetRunOptions['source']['form'];
  readonly sha256: string;
  readonly inputs: readonly BoundTensor[];
  readonly outputs: readonly BoundTensor[];
  readonly operations: readonly Operation[];
  /** Computes outputs for inputs, each in the tensor's own type. */
  compute(natives: readonly NativeTensors[]): Promise<NativeTensors[]>;
}

/** Where a graph is loaded: what it runs on and who asked. */
export interface Place {
  readonly backend: QnnBackend;
  readonly library: LoadedLibrary;
  readonly phone: Phone;
  readonly call: ToolCall;
  /** Folder for files of this process that are no part of the phone. */
  readonly work: string;
}

/** What a graph is put together from. */
export interface GraphParts {
  readonly form: LoadedGraph['form'];
  readonly path: string;
  readonly face: { readonly graph: string; readonly inputs: readonly QnnTensor[]; readonly outputs: readonly QnnTensor[] };
  /** The ONNX model that stands for it. */
  readonly model: GraphModel;
  /** Whether that model has the artifact's own names and axes. */
  readonly carried: boolean;
  readonly run: (feeds: readonly NamedArrays[]) => Promise<NamedArrays[]>;
}

/** Throws ToolFailure where face and model do not go together. */
export async function loadedGraph({ form, path, face, model, carried, run }: GraphParts): Promise<LoadedGraph> {
  const bind = (tensor: QnnTensor): BoundTensor => {
    const name = carried ? tensor.name : tensor.onnxName;
    const dtype = model.types.get(name);
    if (!dtype) throw new ToolFailure(`${path}: its graph has no tensor ${name}`);
    return bindTensor(tensor, dtype, carried);
  };
  const [inputs, outputs] = [face.inputs.map(bind), face.outputs.map(bind)];
  return {
    name: face.graph, form, sha256: await sha256File(path), inputs, outputs, operations: model.operations,
    compute: async (natives) => (await run(natives.map((native) => toFeed(native, inputs)))).map((arrays) => fromOutputs(arrays, outputs)),
  };
}
