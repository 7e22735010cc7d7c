import type { AdapterSpec } from '../adapter-spec.ts';
import { type Dialect, elementLines, loopLines, print, tableEntries } from './dialect.ts';
import { bannerLines, type Kernel, kernelsOf, kernelSteps } from './kernel.ts';
import { camelCase } from './names.ts';

const ARRAYS = { float32: 'Float32Array', float16: 'Uint16Array', uint8: 'Uint8Array' } as const;

const dialect: Dialect = {
  index: (name, value) => `const ${name} = ${value};`,
  divide: (a, b) => `Math.floor(${a} / ${b})`,
  read: (array, index) => `(${array}[${index}] as number)`,
  load: (dtype, element) => `let value = ${dtype === 'float16' ? `halfToFloat(${element})` : element};`,
  assign: (value) => `value = ${value};`,
  arithmetic: (expression) => `Math.fround(${expression})`,
  float: (value) => (value < 0 || Object.is(value, -0) ? `(${String(value)})` : String(value)),
  round: (value) => `roundHalfEven(${value})`,
  half: (value) => `halfToFloat(floatToHalf(${value}))`,
  byte: (value) => `${value} > 0 ? Math.min(Math.trunc(${value}), 255) : 0`,
  store: (dtype, element) => `target[${element}] = ${dtype === 'float16' ? 'floatToHalf(value)' : 'value'};`,
};

/** A TypeScript module with one function per port that changes. float16 is held as its bits in a Uint16Array. */
export function typescriptAdapter(spec: AdapterSpec): string {
  const kernels = kernelsOf(spec);
  const functions = kernels.map(functionOf);
  const text = functions.join('\n\n');
  const helpers = [...(text.includes('roundHalfEven(') ? [ROUND] : []), ...(/halfToFloat\(|floatToHalf\(/.test(text) ? [HALF] : [])];
  return [head(spec), ...functions, ...helpers].join('\n\n').concat('\n');
}

function head(spec: AdapterSpec): string {
  return [
    ...bannerLines(spec, 'No dependencies; every operation is rounded to float32.').map((line) => `// ${line}`),
    '',
    'export interface Image<T> {',
    '  readonly data: T;',
    '  /** Sizes in the order of memory. */',
    '  readonly dims: readonly [number, number, number, number];',
    '}',
  ].join('\n');
}

function functionOf(kernel: Kernel): string {
  const { source, target, tables, multiple } = kernel;
  const [from, to] = [ARRAYS[source.dtype], ARRAYS[target.dtype]];
  const order =
    target.layout === 'NCHW'
      ? ['batch', String(target.channels), 'targetHeight', 'targetWidth']
      : ['batch', 'targetHeight', 'targetWidth', String(target.channels)];
  return [
    '/**',
    ...kernelSteps(kernel).map((line) => ` * ${line}`),
    ' */',
    `export function ${camelCase(kernel.words)}(source: ${from}, batch: number, height: number, width: number): Image<${to}> {`,
    ...(multiple > 1
      ? [
          `  if (height % ${multiple} !== 0 || width % ${multiple} !== 0) {`,
          `    throw new RangeError('Height and width must be multiples of ${multiple}.');`,
          '  }',
        ]
      : []),
    `  if (source.length !== batch * ${source.channels} * height * width) {`,
    "    throw new RangeError('The source has another size than batch, height and width say.');",
    '  }',
    ...tables.map((table) => {
      const type = table.kind === 'index' ? 'Uint32Array' : 'Float32Array';
      return `  const ${table.name} = ${type}.of(${tableEntries(table, String)});`;
    }),
    `  const targetHeight = ${print(target.height, dialect)};`,
    `  const targetWidth = ${print(target.width, dialect)};`,
    `  const target = new ${to}(batch * ${target.channels} * targetHeight * targetWidth);`,
    '  let element = 0;',
    ...loopLines(kernel, ['targetHeight', 'targetWidth'], loop, elementLines(kernel, dialect, 'element++')),
    `  return { data: target, dims: [${order.join(', ')}] };`,
    '}',
  ].join('\n');
}

const loop = (name: string, limit: string): string => `for (let ${name} = 0; ${name} < ${limit}; ${name}++) {`;

const ROUND = `/** To the nearest whole number, ties to even. */
function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  const nearest = rest < 0.5 || (rest === 0.5 && down % 2 === 0) ? down : down + 1;
  return nearest === 0 && value < 0 ? -0 : nearest;
}`;

const HALF = `/** IEEE 754 binary16 bits to a number. */
function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** The nearest IEEE 754 binary16 number, ties to even, as bits. */
function floatToHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(Math.floor(Math.log2(size)), -14);
  const unit = 2 ** (exponent - 10);
  const scaled = size / unit;
  const down = Math.floor(scaled);
  const rest = scaled - down;
  const fraction = rest < 0.5 || (rest === 0.5 && down % 2 === 0) ? down : down + 1;
  return sign | (fraction + ((exponent + 14) << 10));
}`;
