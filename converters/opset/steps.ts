import type { DType } from '../../models/contracts/index.ts';
import { cloneMessage, type NodeProto, Tensor } from '../../models/onnx/index.ts';
import { type AddConstant, attributeOf, intsToInput, withAttributes, withInput } from './node-edit.ts';

/** What a conversion may ask about the graph. */
export interface StepContext {
  readonly add: AddConstant;
  /** Rank of a value where inference knows it. */
  rank(name: string): number | null;
  /** Element type of a value where it is known. */
  dtype(name: string): DType | null;
}

/** Rewrites a node into the form of version `to`; the reason where its meaning changed and no single node has the old one. */
export type Step = { readonly to: number; readonly opTypes: readonly string[]; readonly convert: (node: NodeProto, context: StepContext) => NodeProto | string };

const REDUCTIONS = ['ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceSumSquare'];

/** In order of versions, from the change logs of ai.onnx (docs/Changelog.md of onnx/onnx). */
export const STEPS: readonly Step[] = [
  { to: 9, opTypes: ['BatchNormalization'], convert: (n) => (Number(attributeOf(n, 'spatial')?.i ?? 1) === 0 ? 'it normalises every position on its own (spatial = 0)' : withAttributes(n, ['spatial'])) },
  { to: 9, opTypes: ['Upsample'], convert: scalesToInput },
  { to: 10, opTypes: ['Slice'], convert: (n, { add }) => ['starts', 'ends', 'axes'].reduce((node, name, i) => intsToInput(node, name, i + 1, add), n) },
  { to: 10, opTypes: ['TopK'], convert: (n, { add }) => intsToInput(n, 'k', 1, add) },
  { to: 10, opTypes: ['Upsample'], convert: (n) => cloneMessage(n, { opType: 'Resize' }) },
  { to: 11, opTypes: ['Clip'], convert: boundsToInputs },
  { to: 11, opTypes: ['Pad'], convert: padsToInputs },
  { to: 11, opTypes: ['Resize'], convert: resizeWithRoi },
  { to: 11, opTypes: ['Scatter'], convert: (n) => cloneMessage(n, { opType: 'ScatterElements' }) },
  { to: 12, opTypes: ['Dropout'], convert: (n) => withAttributes(n, ['ratio', 'seed']) },
  { to: 13, opTypes: ['Squeeze', 'Unsqueeze', 'ReduceSum'], convert: (n, { add }) => intsToInput(n, 'axes', 1, add) },
  { to: 13, opTypes: ['Split'], convert: (n, { add }) => intsToInput(n, 'split', 1, add) },
  { to: 13, opTypes: ['Softmax', 'LogSoftmax', 'Hardmax'], convert: softmaxAxis },
  { to: 14, opTypes: ['BatchNormalization'], convert: (n) => ((n.output?.length ?? 1) > 1 ? 'it has training outputs' : n) },
  { to: 16, opTypes: ['RoiAlign'], convert: (n) => (attributeOf(n, 'coordinate_transformation_mode') ? n : withAttributes(n, [], { coordinate_transformation_mode: 'output_half_pixel' })) },
  { to: 18, opTypes: REDUCTIONS, convert: (n, { add }) => intsToInput(n, 'axes', 1, add) },
  { to: 18, opTypes: ['Split'], convert: (n) => ((n.input?.[1] ?? '') === '' && !attributeOf(n, 'num_outputs') ? withAttributes(n, [], { num_outputs: n.output?.length ?? 1 }) : n) },
  { to: 19, opTypes: ['AveragePool'], convert: (n) => (Number(attributeOf(n, 'ceil_mode')?.i ?? 0) === 1 ? 'the meaning of ceil_mode was changed in version 19' : n) },
  { to: 20, opTypes: ['GridSample'], convert: gridSampleMode },
  { to: 20, opTypes: ['DFT'], convert: () => 'its axis became an input in version 20' },
  { to: 21, opTypes: ['GroupNormalization'], convert: () => 'its scale and bias changed shape in version 21' },
];

function scalesToInput(node: NodeProto, { add }: StepContext): NodeProto {
  const scales = attributeOf(node, 'scales')?.floats;
  if (!scales) return node;
  return withInput(withAttributes(node, ['scales']), 1, add(Tensor.of('float32', [scales.length], scales), `${node.output?.[0]}_scales`));
}

const NO_TYPE = 'the element type of its input is not known';

function boundsToInputs(node: NodeProto, { add, dtype }: StepContext): NodeProto | string {
  const type = dtype(node.input?.[0] ?? '');
  const bounds = ['min', 'max'].filter((name) => attributeOf(node, name));
  if (bounds.length === 0) return node;
  if (!type) return NO_TYPE;
  return ['min', 'max'].reduce((at, name, i) => {
    const bound = attributeOf(at, name);
    if (!bound) return at;
    const tensor = Tensor.of(type, [], [Number(bound.f ?? 0)]);
    return withInput(withAttributes(at, [name]), i + 1, add(tensor, `${node.output?.[0]}_${name}`));
  }, node);
}

function padsToInputs(node: NodeProto, { add, dtype }: StepContext): NodeProto | string {
  const value = attributeOf(node, 'value');
  const moved = intsToInput(node, 'pads', 1, add);
  if (!value || Number(value.f ?? 0) === 0) return withAttributes(moved, ['value']);
  const type = dtype(node.input?.[0] ?? '');
  if (!type) return NO_TYPE;
  return withInput(withAttributes(moved, ['value']), 2, add(Tensor.of(type, [], [Number(value.f)]), `${node.output?.[0]}_value`));
}

/** Version 10 samples asymmetrically, nearest by floor; its scales come second. */
function resizeWithRoi(node: NodeProto, { add }: StepContext): NodeProto {
  const [x = '', scales = ''] = node.input ?? [];
  const roi = add(Tensor.of('float32', [0], []), `${node.output?.[0]}_roi`);
  const nearest = new TextDecoder().decode(attributeOf(node, 'mode')?.s ?? new TextEncoder().encode('nearest')) === 'nearest';
  const set = { coordinate_transformation_mode: 'asymmetric', ...(nearest ? { nearest_mode: 'floor' } : {}) };
  return cloneMessage(withAttributes(node, [], set), { input: [x, roi, scales] });
}

/** Up to version 12 the axes from `axis` (default 1) on were flattened into one; from 13 on the axis stands alone (default −1). */
function softmaxAxis(node: NodeProto, { rank }: StepContext): NodeProto | string {
  const known = rank(node.input?.[0] ?? '');
  const axis = Number(attributeOf(node, 'axis')?.i ?? 1);
  if (axis === -1) return node;
  if (known === null) return 'its axis cannot be translated while the rank is unknown';
  return axis === known - 1 ? withAttributes(node, [], { axis: -1 }) : 'it flattens several axes into one';
}

function gridSampleMode(node: NodeProto): NodeProto {
  const mode = new TextDecoder().decode(attributeOf(node, 'mode')?.s ?? new TextEncoder().encode('bilinear'));
  const names: Record<string, string> = { bilinear: 'linear', bicubic: 'cubic' };
  return withAttributes(node, [], { mode: names[mode] ?? mode });
}
