import { type Node, staticShape } from '../../models/graph/index.ts';
import type { RuleContext } from './rule.ts';

/** How a Resize samples, as far as the graph says. */
export interface ResizeForm {
  readonly mode: string;
  readonly coordinates: string;
  readonly nearest: string;
  /** Nearest replication by whole factors, which every implementation agrees on. */
  readonly integerNearest: boolean;
  readonly downsamples: boolean;
  readonly bySizes: boolean;
  readonly text: string;
}

/** Reads a Resize or Upsample of any opset. Factors come from the scales, or from the shapes. */
export function resizeForm(node: Node, context: RuleContext): ResizeForm {
  const mode = node.attributes.string('mode', 'nearest');
  const legacy = node.is('Upsample') || node.inputs.length <= 2;
  const coordinates = legacy ? 'asymmetric' : node.attributes.string('coordinate_transformation_mode', 'half_pixel');
  const nearest = legacy ? 'floor' : node.attributes.string('nearest_mode', 'round_prefer_floor');
  const factors = node.attributes.floats('scales') ?? scalesFrom(node, context) ?? ratios(node);
  const whole = factors?.every((f) => Number.isInteger(f) && f >= 1) ?? false;
  const replicates = (coordinates === 'asymmetric' && nearest === 'floor') || (coordinates === 'half_pixel' && nearest.startsWith('round_prefer'));
  const integerNearest = mode === 'nearest' && whole && replicates;
  return {
    mode, coordinates, nearest, integerNearest, downsamples: factors?.some((f) => f < 1) ?? false, bySizes: !legacy && node.input(3) !== null,
    text: `${mode}, ${coordinates}${mode === 'nearest' ? `, ${nearest}` : ''}${factors ? `, ×${factors.slice(-2).join('×')}` : ''}`,
  };
}

function scalesFrom(node: Node, context: RuleContext): number[] | null {
  const scales = context.numbers(node.is('Upsample') || node.inputs.length <= 2 ? node.input(1) : node.input(2));
  return scales && scales.length > 0 ? Array.from(scales) : null;
}

function ratios(node: Node): number[] | null {
  const from = staticShape(node.input(0)?.type);
  const to = staticShape(node.output()?.type);
  return from && to && from.length === to.length ? to.map((size, i) => size / (from[i] as number)) : null;
}
