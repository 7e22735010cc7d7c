import protobuf from 'protobufjs/minimal.js';
import type { NamedArrays, NdArray } from '../../../models/contracts/index.ts';
import { onnx } from '../../../models/onnx/generated/onnx-ml.js';
import { cloneMessage, type GraphProto, type ModelProto, readModel } from '../../../models/onnx/index.ts';
import type { NodeSuiteCase } from '../../support/node-suite.ts';

/** `given`: every input is fed, as ONNX publishes the case. `bound`: all but the first are initializers, as exporters write parameters. */
export type SuiteForm = 'given' | 'bound';

/** One operator test as a model, with what it is fed and what it must give. */
export interface SuiteCase {
  readonly name: string;
  readonly form: SuiteForm;
  /** The operator; `several` where the case is the expansion of a function. */
  readonly operator: string;
  readonly feed: NamedArrays;
  readonly expected: NamedArrays;
  readonly proto: ModelProto;
}

/** What draws at random gives other values each time: there is nothing to compare. */
const RANDOM = new Set(['Bernoulli', 'Multinomial', 'RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike']);

/** The cases whose values are all tensors of types that arrays have, in both forms; `bound` only where it differs. */
export function suiteCases(cases: readonly NodeSuiteCase[]): SuiteCase[] {
  return cases.flatMap((stored) => {
    const [inputs, expected] = [arrays(stored.inputs), arrays(stored.outputs)];
    if (!inputs || !expected) return [];
    const file = readModel(stored.modelPath);
    const graph = file.proto.graph as GraphProto;
    file.close();
    if (graph.node?.some(({ opType }) => RANDOM.has(opType ?? ''))) return [];
    const operator = graph.node?.length === 1 ? (graph.node[0]?.opType ?? '') : 'several';
    const common = { name: stored.name, operator, expected };
    const given: SuiteCase = { ...common, form: 'given', feed: inputs, proto: file.proto };
    if (stored.inputs.length < 2) return [given];
    const [first, ...rest] = stored.inputs as [NodeSuiteCase['inputs'][number], ...NodeSuiteCase['inputs']];
    const initializer = rest.map((value) => cloneMessage(onnx.TensorProto.decode(protobuf.Reader.create(value.bytes())), { name: value.name }));
    const bound = cloneMessage(file.proto, { graph: cloneMessage(graph, { input: (graph.input ?? []).filter(({ name }) => name === first.name), initializer }) });
    return [given, { ...common, form: 'bound', feed: new Map([[first.name, inputs.get(first.name) as NdArray]]), proto: bound }];
  });
}

function arrays(values: NodeSuiteCase['inputs']): NamedArrays | null {
  const entries = values.map((value) => [value.name, value.array()] as const);
  return entries.every((entry): entry is [string, NdArray] => entry[1] !== null) ? new Map(entries as [string, NdArray][]) : null;
}
