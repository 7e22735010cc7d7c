import type { Node, Value } from '../../../models/graph/index.ts';
import { movesValues } from '../../quantize/operators.ts';
import type { Grid } from './codes.ts';

/** Grids of values by whatever tells them; null where a value has none. */
export type GridOf = (value: Value) => Grid | null;

/**
 * The grid that a bias without an encoding gets, as QNN and AIMET's exporter give it: int32 at input scale × weight scale, so that the
 * accumulator adds it as it is. Null where the layer's input or weight has no grid of one scale (per channel for the weight).
 */
export function derivedBias(node: Node, gridOf: GridOf): Grid | null {
  const [input, weight] = [node.input(0), node.input(1)];
  const x = input && sourceGrid(input, gridOf);
  const w = weight && gridOf(weight);
  if (!x || !w || x.grain.kind !== 'tensor' || w.grain.kind === 'block') return null;
  const scale = w.scale.map((s) => Math.fround(s * (x.scale[0] as number)));
  if (scale.some((s) => s === 0)) return null;
  return {
    bits: 32,
    signed: true,
    strict: false,
    scale,
    zeroPoint: scale.map(() => 0),
    grain: w.grain.kind === 'tensor' ? w.grain : { kind: 'channel', axis: 0 },
  };
}

/** The layers that would give a bias its grid, when it is nothing but their bias. */
export function biasLayers(value: Value): Node[] | null {
  const uses = [...value.uses];
  const only = uses.length > 0 && uses.every(({ node, index }) => index === 2 && node.is('Conv', 'ConvTranspose', 'Gemm'));
  return only && !value.isGraphOutput ? uses.map(({ node }) => node) : null;
}

/** Moved data has its source's grid. */
function sourceGrid(value: Value, gridOf: GridOf): Grid | null {
  const own = gridOf(value);
  const { producer } = value;
  if (own || !producer || !movesValues(producer)) return own;
  const source = producer.input(0);
  return source ? sourceGrid(source, gridOf) : null;
}
