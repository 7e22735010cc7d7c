import type { AdapterSpec } from '../adapter-spec.ts';
import { decimal, type Dialect, elementLines, loopLines, print, tableEntries } from './dialect.ts';
import { bannerLines, type Kernel, kernelsOf, kernelSteps } from './kernel.ts';
import { snakeCase } from './names.ts';

const TYPES = { float32: 'float', float16: 'uint16_t', uint8: 'uint8_t' } as const;

const dialect: Dialect = {
  index: (name, value) => `const size_t ${name} = ${value};`,
  load: (dtype, element) => `float value = ${dtype === 'float16' ? `half_to_float(${element})` : element};`,
  assign: (value) => `value = ${value};`,
  arithmetic: (expression) => expression,
  float: (value) => `${value < 0 ? `(${decimal(value)}f)` : `${decimal(value)}f`}`,
  round: (value) => `rintf(${value})`,
  half: (value) => `half_to_float(float_to_half(${value}))`,
  byte: (value) => `${value} > 0.0f ? fminf(truncf(${value}), 255.0f) : 0.0f`,
  store: (dtype, element) =>
    `target[${element}] = ${dtype === 'float16' ? 'float_to_half(value)' : dtype === 'uint8' ? '(uint8_t)value' : 'value'};`,
};

/** A C99 file with one function per port that changes. float16 is held as its bits in uint16_t. */
export function cAdapter(spec: AdapterSpec): string {
  const functions = kernelsOf(spec).map(functionOf);
  const needsHalf = functions.some((text) => text.includes('_half'));
  return [head(spec), ...(needsHalf ? [HALF] : []), ...functions].join('\n\n').concat('\n');
}

function head(spec: AdapterSpec): string {
  return [
    '/*',
    ...bannerLines(spec, 'C99, needs only the mathematics library; build with -ffp-contract=off for results equal to the last bit.').map(
      (line) => ` * ${line}`,
    ),
    ' */',
    '#include <math.h>',
    '#include <stddef.h>',
    '#include <stdint.h>',
  ].join('\n');
}

function functionOf(kernel: Kernel): string {
  const { source, target, tables, multiple } = kernel;
  const [height, width] = [print(target.height, dialect), print(target.width, dialect)];
  return [
    '/*',
    ...kernelSteps(kernel).map((line) => ` * ${line}`),
    ` * The source holds batch * ${source.channels} * height * width elements,`,
    ` * the target batch * ${target.channels} * (${height}) * (${width}).`,
    ...(multiple > 1
      ? [` * Returns -1, with nothing written, where height or width is no multiple of ${multiple}; else 0.`]
      : [' * Returns 0.']),
    ' */',
    `int ${snakeCase(kernel.words)}(`,
    `    const ${TYPES[source.dtype]} *source, ${TYPES[target.dtype]} *target, size_t batch, size_t height, size_t width) {`,
    ...tables.map((table) => {
      const type = table.kind === 'index' ? 'size_t' : 'float';
      return `  static const ${type} ${table.name}[] = {${tableEntries(table, dialect.float)}};`;
    }),
    ...(multiple > 1 ? [`  if (height % ${multiple} != 0 || width % ${multiple} != 0) return -1;`] : []),
    `  const size_t target_height = ${height};`,
    `  const size_t target_width = ${width};`,
    '  size_t element = 0;',
    ...loopLines(kernel, ['target_height', 'target_width'], loop, elementLines(kernel, dialect, 'element++')),
    '  return 0;',
    '}',
  ].join('\n');
}

const loop = (name: string, limit: string): string => `for (size_t ${name} = 0; ${name} < ${limit}; ${name}++) {`;

const HALF = `/* IEEE 754 binary16 bits to a number. */
static float half_to_float(uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int fraction = bits & 1023;
  float size;
  if (exponent == 31) size = fraction ? NAN : INFINITY;
  else if (exponent == 0) size = ldexpf((float)fraction, -24);
  else size = ldexpf((float)(1024 + fraction), exponent - 25);
  return bits & 0x8000 ? -size : size;
}

/* The nearest IEEE 754 binary16 number, ties to even, as bits. */
static uint16_t float_to_half(float value) {
  const uint16_t sign = signbit(value) ? 0x8000 : 0;
  const float size = fabsf(value);
  int exponent;
  if (isnan(value)) return 0x7e00;
  if (size >= 65520.0f) return sign | 0x7c00;
  frexpf(size, &exponent);
  exponent = size == 0.0f || exponent - 1 < -14 ? -14 : exponent - 1;
  return (uint16_t)(sign + (uint16_t)rintf(ldexpf(size, 10 - exponent)) + ((exponent + 14) << 10));
}`;
