import type { AdapterStep, ArithmeticOp, PortDType } from '../adapter-spec.ts';

/** One number per channel: factors, or the channels that a gather takes. */
export interface Table {
  readonly name: string;
  readonly kind: 'index' | 'float';
  readonly values: readonly number[];
}

/** Arithmetic on whole numbers ≥ 0; `/` rounds down. Names are variables, `table` reads a table of whole numbers. */
export type Expression =
  | number
  | string
  | { readonly op: '+' | '*' | '/' | '%'; readonly a: Expression; readonly b: Expression }
  | { readonly table: string; readonly index: Expression };

/** What is done to an element's value. A `table` operand is read at the coordinate `channel`. */
export type Operation =
  | {
      readonly kind: 'arithmetic';
      readonly op: ArithmeticOp;
      readonly operand: number | { readonly table: string; readonly channel: string };
    }
  | { readonly kind: 'clip'; readonly min: number | null; readonly max: number | null }
  | { readonly kind: 'round' }
  | { readonly kind: 'cast'; readonly to: PortDType };

interface Position {
  readonly channel: string;
  readonly row: string;
  readonly column: string;
}

export interface Trace {
  readonly source: Position;
  readonly target: Position;
  readonly channels: number;
  readonly height: Expression;
  readonly width: Expression;
  readonly multiple: number;
  readonly coordinates: readonly { readonly name: string; readonly value: Expression }[];
  readonly operations: readonly Operation[];
  readonly tables: readonly Table[];
}

/** A step with the channels that go in, and how often height and width went up and down by then. */
interface Stage {
  readonly step: AdapterStep;
  readonly channels: number;
}

/** Follows an element of the result back to its source, and then its value forward again. */
export function traceSteps(steps: readonly AdapterStep[], channels: number): Trace {
  const { stages, ...shape } = shapesAlong(steps, channels);
  const target: Position = { channel: 'channel', row: 'row', column: 'column' };
  const coordinates: { name: string; value: Expression }[] = [];
  const tables: Table[] = [];
  const at = new Map<Stage, Position>();
  let here = target;
  for (const stage of [...stages].reverse()) {
    at.set(stage, here);
    const back = stepBack(stage, here, tables);
    if (!back) continue;
    const suffix = at.size;
    const names = { channel: `channel${suffix}`, row: `row${suffix}`, column: `column${suffix}` };
    const next = { ...here };
    for (const key of ['channel', 'row', 'column'] as const) {
      if (back[key] === here[key]) continue;
      coordinates.push({ name: names[key], value: back[key] });
      next[key] = names[key];
    }
    here = next;
  }
  const operations = stages.flatMap((stage) => operationOf(stage, at.get(stage) as Position, tables));
  return { ...shape, source: here, target, coordinates, operations, tables };
}

/** Channels before each step, and what becomes of height and width. */
function shapesAlong(
  steps: readonly AdapterStep[],
  channels: number,
): Pick<Trace, 'channels' | 'height' | 'width' | 'multiple'> & { stages: Stage[] } {
  let [now, up, down, multiple] = [channels, 1, 1, 1];
  const stages = steps.map((step): Stage => {
    const stage = { step, channels: now };
    if (step.kind === 'gatherChannels') now = step.indices.length;
    if (step.kind === 'shuffle') now /= step.block * step.block;
    if (step.kind === 'unshuffle') now *= step.block * step.block;
    if (step.kind === 'shuffle' || step.kind === 'repeat') up *= step.kind === 'shuffle' ? step.block : step.factor;
    if (step.kind === 'unshuffle') down *= step.block;
    const common = greatestCommonDivisor(up, down);
    [up, down] = [up / common, down / common];
    multiple = leastCommonMultiple(multiple, down);
    return stage;
  });
  const size = (name: string): Expression => over(times(name, up), down);
  return { stages, channels: now, height: size('height'), width: size('width'), multiple };
}

/** Where an element at `here` behind a step was before it; null where it was in the same place. */
function stepBack(
  { step, channels }: Stage,
  { channel, row, column }: Position,
  tables: Table[],
): Record<keyof Position, Expression> | null {
  switch (step.kind) {
    case 'unshuffle': {
      const { block, order } = step;
      const blocks = block * block;
      const inner = order === 'CRD' ? modulo(channel, blocks) : over(channel, channels);
      return {
        channel: order === 'CRD' ? over(channel, blocks) : modulo(channel, channels),
        row: plus(times(row, block), over(inner, block)),
        column: plus(times(column, block), modulo(inner, block)),
      };
    }
    case 'shuffle': {
      const { block, order } = step;
      const blocks = block * block;
      const inner = plus(times(modulo(row, block), block), modulo(column, block));
      const from = order === 'CRD' ? plus(times(channel, blocks), inner) : plus(times(inner, channels / blocks), channel);
      return { channel: from, row: over(row, block), column: over(column, block) };
    }
    case 'gatherChannels':
      return { channel: { table: addTable(tables, 'index', step.indices), index: channel }, row, column };
    case 'repeat':
      return { channel, row: over(row, step.factor), column: over(column, step.factor) };
    default:
      return null;
  }
}

function operationOf({ step }: Stage, { channel }: Position, tables: Table[]): Operation[] {
  switch (step.kind) {
    case 'arithmetic': {
      const values = [...Float32Array.from(step.values)];
      const operand = values.length === 1 ? (values[0] as number) : { table: addTable(tables, 'float', values), channel };
      return [{ kind: 'arithmetic', op: step.op, operand }];
    }
    case 'clip':
      return [
        { kind: 'clip', min: step.min === null ? null : Math.fround(step.min), max: step.max === null ? null : Math.fround(step.max) },
      ];
    case 'round':
      return [step];
    case 'cast':
      return step.to === 'float32' ? [] : [step];
    default:
      return [];
  }
}

function addTable(tables: Table[], kind: Table['kind'], values: readonly number[]): string {
  const name = `${kind === 'index' ? 'channels' : 'factors'}${tables.length + 1}`;
  tables.push({ name, kind, values });
  return name;
}

const plus = (a: Expression, b: Expression): Expression => ({ op: '+', a, b });
const times = (a: Expression, b: number): Expression => (b === 1 ? a : { op: '*', a, b });
const over = (a: Expression, b: number): Expression => (b === 1 ? a : { op: '/', a, b });
const modulo = (a: Expression, b: number): Expression => ({ op: '%', a, b });

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestCommonDivisor(a, b)) * b;
}
