import { attributeProtos } from '../../../models/graph/index.ts';
import { type ModelProto, type NodeProto, Tensor, type TensorProto, type ValueInfoProto } from '../../../models/onnx/index.ts';
import type { Feature } from '../package/features.ts';
import type { FunctionFace } from '../package/read-package.ts';

const FLOAT32 = 1;

/**
 * A translated program whose image inputs and outputs are float32 in [0, 1] in the order red, green, blue, as those of models are that were
 * never converted: pixels of 0 to 255 and other orders stay inside.
 */
export function withUnitImages(proto: ModelProto, { inputs, outputs }: FunctionFace): ModelProto {
  const graph = proto.graph ?? {};
  const entering = inputs.filter(isImage).map(({ name }) => name);
  const leaving = outputs.filter(isImage).map(({ name }) => name);
  if (entering.length + leaving.length === 0) return proto;
  const inner = (names: readonly string[]) => (name: string): string => (names.includes(name) ? `${name}.pixels` : name);
  const nodes = (graph.node ?? []).map((node): NodeProto => ({ ...node, input: (node.input ?? []).map(inner(entering)), output: (node.output ?? []).map(inner(leaving)) }));
  const before = inputs.filter(isImage).flatMap((feature) => pixelsOf(feature, typeOf(graph.input, feature.name)));
  const after = outputs.filter(isImage).flatMap(unitsOf);
  return {
    ...proto,
    graph: {
      ...graph, node: [...before, ...nodes, ...after], initializer: [...(graph.initializer ?? []), ...CONSTANTS],
      input: (graph.input ?? []).map((info) => asFloat(info, entering)), output: (graph.output ?? []).map((info) => asFloat(info, leaving)),
    },
  };
}

const WHITE = 'pixels.white';
const REVERSED = 'pixels.reversed';
const CONSTANTS: readonly TensorProto[] = [Tensor.of('float32', [], [255]).toProto(WHITE), Tensor.of('int64', [3], [2, 1, 0]).toProto(REVERSED)];

function isImage({ type }: Feature): boolean {
  return type.kind === 'image';
}

function isBgr({ type }: Feature): boolean {
  return type.kind === 'image' && type.color === 'BGR';
}

/** [0, 1] → 0 to 255 in the type and order that the program takes. */
function pixelsOf(feature: Feature, type: number): NodeProto[] {
  const { name } = feature;
  return chain(name, `${name}.pixels`, [
    ['Mul', [WHITE], {}], ...(isBgr(feature) ? ([['Gather', [REVERSED], { axis: 1 }]] as const) : []), ['Cast', [], { to: type }],
  ]);
}

function unitsOf(feature: Feature): NodeProto[] {
  const { name } = feature;
  return chain(`${name}.pixels`, name, [
    ['Cast', [], { to: FLOAT32 }], ...(isBgr(feature) ? ([['Gather', [REVERSED], { axis: 1 }]] as const) : []), ['Div', [WHITE], {}],
  ]);
}

type Step = readonly [opType: string, operands: readonly string[], attributes: Readonly<Record<string, number>>];

function chain(from: string, to: string, steps: readonly Step[]): NodeProto[] {
  return steps.map(([opType, operands, attributes], i): NodeProto => {
    const value = (step: number): string => (step === steps.length ? to : `${from}.step${step}`);
    return { opType, name: value(i + 1), input: [i === 0 ? from : value(i), ...operands], output: [value(i + 1)], attribute: attributeProtos(attributes) };
  });
}

function typeOf(infos: readonly ValueInfoProto[] | null | undefined, name: string): number {
  return infos?.find((info) => info.name === name)?.type?.tensorType?.elemType ?? FLOAT32;
}

function asFloat(info: ValueInfoProto, names: readonly string[]): ValueInfoProto {
  if (!names.includes(info.name ?? '') || !info.type?.tensorType) return info;
  return { ...info, type: { ...info.type, tensorType: { ...info.type.tensorType, elemType: FLOAT32 } } };
}
