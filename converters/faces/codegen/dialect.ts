import type { PortDType } from '../adapter-spec.ts';
import type { Kernel, Side } from './kernel.ts';
import type { Expression, Operation, Table } from './trace.ts';

/** How a language writes the few things that kernels are made of. Values of elements are float32. */
export interface Dialect {
  /** A whole number that does not change. */
  readonly index: (name: string, value: string) => string;
  /** ⌊a / b⌋ of whole numbers ≥ 0; left out where the language's own division does that. */
  readonly divide?: (a: string, b: string) => string;
  /** An element of an array; left out where `array[index]` is all. */
  readonly read?: (array: string, index: string) => string;
  /** Declares the element's value, given how it is read from memory. */
  readonly load: (dtype: PortDType, element: string) => string;
  readonly assign: (value: string) => string;
  /** Two operands and one operation, rounded to float32. */
  readonly arithmetic: (expression: string) => string;
  readonly float: (value: number) => string;
  readonly round: (value: string) => string;
  /** Rounded to half precision. */
  readonly half: (value: string) => string;
  /** Cut off to a whole number in 0 … 255; NaN to 0. */
  readonly byte: (value: string) => string;
  readonly store: (dtype: PortDType, element: string) => string;
}

const SYMBOLS = { multiply: '*', divide: '/', add: '+', subtract: '-' } as const;

/** The lines that compute one element of the target: coordinates, load, operations, store at `element`. */
export function elementLines(kernel: Kernel, dialect: Dialect, element: string): string[] {
  const { source, target } = kernel;
  return [
    ...kernel.coordinates.map(({ name, value }) => dialect.index(name, print(value, dialect))),
    dialect.load(source.dtype, readElement('source', print(offsetIn(source), dialect), dialect)),
    ...kernel.operations.flatMap((operation) => operationLines(operation, dialect)),
    dialect.store(target.dtype, element),
  ];
}

/**
 * `body` in loops over all elements of the target, in the order of memory. `open`: the head of a loop from 0 to below `limit`, with its
 * brace.
 */
export function loopLines(
  { target }: Kernel,
  [height, width]: readonly [string, string],
  open: (name: string, limit: string) => string,
  body: readonly string[],
): string[] {
  const limits = { image: 'batch', channel: String(target.channels), row: height, column: width };
  const order =
    target.layout === 'NCHW' ? (['image', 'channel', 'row', 'column'] as const) : (['image', 'row', 'column', 'channel'] as const);
  const indent = (depth: number): string => '  '.repeat(depth);
  return [
    ...order.map((name, i) => `${indent(i + 1)}${open(name, limits[name])}`),
    ...body.map((line) => `${indent(5)}${line}`),
    ...order.map((_, i) => `${indent(4 - i)}}`),
  ];
}

/** An expression as the language writes it; `inner`: in brackets where it needs them as an operand. */
export function print(expression: Expression, dialect: Pick<Dialect, 'divide' | 'read'>, inner = false): string {
  if (typeof expression !== 'object') return String(expression);
  if ('table' in expression) return readElement(expression.table, print(expression.index, dialect), dialect);
  const { op, a, b } = expression;
  if (op === '/' && dialect.divide) return dialect.divide(print(a, dialect, true), print(b, dialect, true));
  const text = `${print(a, dialect, op !== '+')} ${op} ${print(b, dialect, true)}`;
  return inner ? `(${text})` : text;
}

/** Position of an element in memory, at the coordinates `image`, and the side's own names. */
function offsetIn({ layout, channels, height, width, at }: Side): Expression {
  const order: [Expression, Expression][] =
    layout === 'NCHW'
      ? [
          [channels, at.channel],
          [height, at.row],
          [width, at.column],
        ]
      : [
          [height, at.row],
          [width, at.column],
          [channels, at.channel],
        ];
  return order.reduce<Expression>(
    (offset, [size, coordinate]) => ({ op: '+', a: { op: '*', a: offset, b: size }, b: coordinate }),
    'image',
  );
}

function operationLines(operation: Operation, dialect: Dialect): string[] {
  switch (operation.kind) {
    case 'arithmetic': {
      const { operand } = operation;
      const right = typeof operand === 'number' ? dialect.float(operand) : readElement(operand.table, operand.channel, dialect);
      return [dialect.assign(dialect.arithmetic(`value ${SYMBOLS[operation.op]} ${right}`))];
    }
    case 'clip':
      return [...bound(operation.min, '<', dialect), ...bound(operation.max, '>', dialect)];
    case 'round':
      return [dialect.assign(dialect.round('value'))];
    case 'cast':
      return [dialect.assign(operation.to === 'uint8' ? dialect.byte('value') : dialect.half('value'))];
  }
}

function readElement(array: string, index: string, { read }: Pick<Dialect, 'read'>): string {
  return read ? read(array, index) : `${array}[${index}]`;
}

function bound(limit: number | null, compare: '<' | '>', dialect: Dialect): string[] {
  if (limit === null) return [];
  const text = dialect.float(limit);
  return [dialect.assign(`value ${compare} ${text} ? ${text} : value`)];
}

/** The entries of a table, as a list. */
export function tableEntries({ kind, values }: Table, float: (value: number) => string): string {
  return values.map((value) => (kind === 'index' ? String(value) : float(value))).join(', ');
}

/** The shortest decimal that reads as this float32 number, with a point or an exponent. */
export function decimal(value: number): string {
  const text = String(Math.fround(value));
  return /[.e]/.test(text) ? text : `${text}.0`;
}
