import { Tensor } from '../../models/onnx/index.ts';
import type { Upgrade } from './opset-upgrade.ts';

/** A change of an operator between versions of ai.onnx that asks for an edit of the node. */
export interface OpsetChange {
  readonly opTypes: readonly string[];
  /** The version that brought it. */
  readonly at: number;
  /** Edits the node so that it means the same from `at` on; a text says why that is not possible. */
  readonly apply: (node: Upgrade) => string | undefined;
}

const int64 = (values: readonly number[]): Tensor => Tensor.of('int64', [values.length], values);

const axesToInput = (node: Upgrade): undefined => {
  const axes = node.attributes.ints('axes');
  if (axes) node.feed(1, int64(axes));
  node.drop('axes');
  return undefined;
};

const REDUCES_18 = ['ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceSumSquare'];

/** From the operators' changelogs (onnx `docs/Changelog.md`), as far as nodes must be edited; what only adds types or options is not here. */
export const OPSET_CHANGES: readonly OpsetChange[] = [
  {
    opTypes: ['Slice'], at: 10, apply: (node) => {
      const [starts, ends, axes] = ['starts', 'ends', 'axes'].map((name) => node.attributes.ints(name));
      node.feed(1, int64(starts ?? []));
      node.feed(2, int64(ends ?? []));
      if (axes) node.feed(3, int64(axes));
      node.drop('starts', 'ends', 'axes');
      return undefined;
    },
  },
  { opTypes: ['TopK'], at: 10, apply: (node) => (node.feed(1, int64([node.attributes.int('k', 1)])), node.drop('k'), undefined) },
  {
    opTypes: ['Upsample'], at: 10, apply: (node) => {
      const scales = node.attributes.floats('scales');
      if (scales) node.feed(1, Tensor.of('float32', [scales.length], scales));
      node.drop('scales');
      node.rename('Resize');
      return undefined;
    },
  },
  {
    opTypes: ['Resize'], at: 11, apply: (node) => {
      node.inputs.splice(1, 0, '');
      node.set('coordinate_transformation_mode', 'asymmetric');
      node.set('nearest_mode', 'floor');
      node.feed(1, Tensor.of('float32', [0], []));
      return undefined;
    },
  },
  {
    opTypes: ['Clip'], at: 11, apply: (node) => {
      const [low, high] = [node.attributes.float('min'), node.attributes.float('max')];
      if (node.dtype === null && (low !== undefined || high !== undefined)) return 'the element type of its input is not known';
      if (low !== undefined) node.feed(1, Tensor.of(node.dtype ?? 'float32', [], [low]));
      if (high !== undefined) node.feed(2, Tensor.of(node.dtype ?? 'float32', [], [high]));
      node.drop('min', 'max');
      return undefined;
    },
  },
  {
    opTypes: ['Pad'], at: 11, apply: (node) => {
      const value = node.attributes.float('value', 0);
      if (value !== 0 && node.dtype === null) return 'the element type of its input is not known';
      node.feed(1, int64(node.attributes.ints('pads') ?? []));
      if (value !== 0) node.feed(2, Tensor.of(node.dtype ?? 'float32', [], [value]));
      node.drop('pads', 'value');
      return undefined;
    },
  },
  { opTypes: ['Scatter'], at: 11, apply: (node) => (node.rename('ScatterElements'), undefined) },
  {
    opTypes: ['Dropout'], at: 12, apply: (node) => {
      const ratio = node.attributes.float('ratio');
      if (ratio !== undefined) node.feed(1, Tensor.of('float32', [], [ratio]));
      node.drop('ratio');
      return undefined;
    },
  },
  { opTypes: ['Squeeze', 'Unsqueeze', 'ReduceSum'], at: 13, apply: axesToInput },
  {
    opTypes: ['Split'], at: 13, apply: (node) => {
      const sizes = node.attributes.ints('split');
      if (sizes) node.feed(1, int64(sizes));
      node.drop('split');
      return undefined;
    },
  },
  {
    opTypes: ['Softmax', 'LogSoftmax', 'Hardmax'], at: 13, apply: (node) => {
      const axis = node.attributes.int('axis', 1);
      if (axis !== -1 && (node.rank === null || axis !== node.rank - 1)) return 'before opset 13 it works on all axes from `axis` on at once, since then on one';
      node.set('axis', -1);
      return undefined;
    },
  },
  { opTypes: ['BatchNormalization'], at: 14, apply: (node) => (node.outputs > 1 ? 'its statistics are outputs' : undefined) },
  { opTypes: REDUCES_18, at: 18, apply: axesToInput },
  {
    opTypes: ['Split'], at: 18, apply: (node) => {
      if (!node.inputs[1]) node.set('num_outputs', node.outputs);
      return undefined;
    },
  },
  {
    opTypes: ['GridSample'], at: 20, apply: (node) => {
      const mode = node.attributes.string('mode', 'bilinear');
      node.set('mode', { bilinear: 'linear', bicubic: 'cubic' }[mode] ?? mode);
      return undefined;
    },
  },
  { opTypes: ['DFT'], at: 20, apply: () => 'its axis became an input' },
  { opTypes: ['GroupNormalization'], at: 21, apply: () => 'its scale and bias changed their shape' },
];
