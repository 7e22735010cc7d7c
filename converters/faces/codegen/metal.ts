import type { AdapterSpec } from '../adapter-spec.ts';
import { decimal, type Dialect, elementLines, print, tableEntries } from './dialect.ts';
import { bannerLines, type Kernel, kernelsOf, kernelSteps } from './kernel.ts';
import { camelCase } from './names.ts';

const TYPES = { float32: 'float', float16: 'half', uint8: 'uchar' } as const;

const dialect: Dialect = {
  index: (name, value) => `const uint ${name} = ${value};`,
  load: (_, element) => `float value = float(${element});`,
  assign: (value) => `value = ${value};`,
  arithmetic: (expression) => expression,
  float: (value) => (value < 0 ? `(${decimal(value)}f)` : `${decimal(value)}f`),
  round: (value) => `rint(${value})`,
  half: (value) => `float(half(${value}))`,
  byte: (value) => `${value} > 0.0f ? min(trunc(${value}), 255.0f) : 0.0f`,
  store: (dtype, element) => `target[${element}] = ${TYPES[dtype]}(value);`,
};

/** A Metal file with one kernel per port that changes: one thread per element of the target. */
export function metalAdapter(spec: AdapterSpec): string {
  return [head(spec), ...kernelsOf(spec).map(kernelText)].join('\n\n').concat('\n');
}

function head(spec: AdapterSpec): string {
  return [
    ...bannerLines(
      spec,
      'Dispatch one thread per element of the target. Compile with -fno-fast-math for results equal to the last bit.',
    ).map((line) => `// ${line}`),
    '#include <metal_stdlib>',
    'using namespace metal;',
    '',
    'struct AdapterSize {',
    '  uint batch;',
    '  uint height;',
    '  uint width;',
    '};',
  ].join('\n');
}

function kernelText(kernel: Kernel): string {
  const { source, target, tables, multiple } = kernel;
  const name = camelCase(kernel.words);
  return [
    ...kernelSteps(kernel).map((line) => `// ${line}`),
    '// The size is that of the source.',
    ...(multiple > 1 ? [`// Its height and width must be multiples of ${multiple}.`] : []),
    ...tables.map((table) => {
      const type = table.kind === 'index' ? 'uint' : 'float';
      return `constant ${type} ${name}_${table.name}[] = {${tableEntries(table, dialect.float)}};`;
    }),
    `kernel void ${name}(`,
    `    device const ${TYPES[source.dtype]} *source [[buffer(0)]],`,
    `    device ${TYPES[target.dtype]} *target [[buffer(1)]],`,
    '    constant AdapterSize &size [[buffer(2)]],',
    '    uint element [[thread_position_in_grid]]) {',
    '  const uint height = size.height;',
    '  const uint width = size.width;',
    `  const uint targetHeight = ${print(target.height, dialect)};`,
    `  const uint targetWidth = ${print(target.width, dialect)};`,
    `  if (element >= size.batch * ${target.channels} * targetHeight * targetWidth) return;`,
    ...coordinatesOf(kernel).map((line) => `  ${line}`),
    ...elementLines(renamed(kernel, name), dialect, 'element').map((line) => `  ${line}`),
    '}',
  ].join('\n');
}

/** The coordinates of a thread's element, innermost first. */
function coordinatesOf({ target }: Kernel): string[] {
  const inner =
    target.layout === 'NCHW'
      ? ([
          ['column', 'targetWidth'],
          ['row', 'targetHeight'],
          ['channel', String(target.channels)],
        ] as const)
      : ([
          ['channel', String(target.channels)],
          ['column', 'targetWidth'],
          ['row', 'targetHeight'],
        ] as const);
  const lines: string[] = [];
  let stride = '';
  for (const [name, size] of inner) {
    lines.push(`const uint ${name} = element${stride} % ${size};`);
    stride += ` / ${size}`;
  }
  return [...lines, `const uint image = element${stride};`];
}

/** Tables stand outside of kernels, so their names carry the kernel's. */
function renamed(kernel: Kernel, name: string): Kernel {
  const own = new Map(kernel.tables.map((table) => [table.name, `${name}_${table.name}`]));
  const operations = kernel.operations.map((operation) => {
    if (operation.kind !== 'arithmetic' || typeof operation.operand === 'number') return operation;
    return { ...operation, operand: { ...operation.operand, table: own.get(operation.operand.table) as string } };
  });
  const coordinates = kernel.coordinates.map(({ name: coordinate, value }) => {
    const isRead = typeof value === 'object' && 'table' in value;
    return { name: coordinate, value: isRead ? { ...value, table: own.get(value.table) as string } : value };
  });
  return { ...kernel, operations, coordinates };
}
