import type { Node } from '../node.ts';
import type { OpRule, OpTable } from './op-call.ts';
import { CONTROL } from './ops/control.ts';
import { CONV } from './ops/conv.ts';
import { ELEMENTWISE } from './ops/elementwise.ts';
import { GATHER } from './ops/gather.ts';
import { LAYOUT } from './ops/layout.ts';
import { MATMUL } from './ops/matmul.ts';
import { MICROSOFT } from './ops/microsoft.ts';
import { NORMALIZATION } from './ops/normalization.ts';
import { POOL } from './ops/pool.ts';
import { QUANTIZATION } from './ops/quantization.ts';
import { RECURRENT } from './ops/recurrent.ts';
import { REDUCE } from './ops/reduce.ts';
import { RESIZE } from './ops/resize.ts';
import { SHAPES } from './ops/shapes.ts';
import { SLICING } from './ops/slicing.ts';
import { VISION } from './ops/vision.ts';

const DOMAINS: ReadonlyMap<string, ReadonlyMap<string, OpRule>> = new Map([
  ['', tableOf(
    ELEMENTWISE, CONV, POOL, LAYOUT, SLICING, SHAPES, MATMUL, NORMALIZATION, RESIZE, REDUCE, GATHER,
    QUANTIZATION, RECURRENT, CONTROL, VISION,
  )],
  ['com.microsoft', tableOf(MICROSOFT)],
]);

/** The rule for a node's operator, or null where there is none: its outputs stay unknown. */
export function ruleOf(node: Node): OpRule | null {
  return DOMAINS.get(node.domain)?.get(node.opType) ?? null;
}

/** Operators with a rule, by domain (`""` is ai.onnx), sorted. */
export function coveredOperators(domain = ''): string[] {
  return [...(DOMAINS.get(domain)?.keys() ?? [])].sort();
}

function tableOf(...tables: readonly OpTable[]): ReadonlyMap<string, OpRule> {
  return new Map(tables.flatMap((table) => Object.entries(table)));
}
