import type { AdapterSpec } from '../adapter-spec.ts';
import { decimal, type Dialect, elementLines, loopLines, print, tableEntries } from './dialect.ts';
import { bannerLines, type Kernel, kernelsOf, kernelSteps } from './kernel.ts';
import { camelCase } from './names.ts';

const TYPES = { float32: 'Float', float16: 'Float16', uint8: 'UInt8' } as const;

const dialect: Dialect = {
  index: (name, value) => `let ${name} = ${value}`,
  load: (_, element) => `var value = Float(${element})`,
  assign: (value) => `value = ${value}`,
  arithmetic: (expression) => expression,
  float: (value) => (value < 0 ? `(${decimal(value)} as Float)` : decimal(value)),
  round: (value) => `${value}.rounded(.toNearestOrEven)`,
  half: (value) => `Float(Float16(${value}))`,
  byte: (value) => `${value} > 0.0 ? min(${value}.rounded(.towardZero), 255.0) : 0.0`,
  store: (dtype, element) => `target[${element}] = ${dtype === 'float32' ? 'value' : `${TYPES[dtype]}(value)`}`,
};

/** A Swift file with one function per port that changes. Float16 needs an Apple silicon device or iOS 14. */
export function swiftAdapter(spec: AdapterSpec): string {
  return [head(spec), ...kernelsOf(spec).map(functionOf)].join('\n\n').concat('\n');
}

function head(spec: AdapterSpec): string {
  return [
    ...bannerLines(spec, 'Standard library only.').map((line) => `// ${line}`),
    '',
    '/// An image and its sizes in the order of memory.',
    'public struct AdapterImage<Element> {',
    '  public var data: [Element]',
    '  public var dims: [Int]',
    '}',
    '',
    'public enum AdapterError: Error {',
    '  /// Height and width must be multiples of this.',
    '  case notAMultiple(of: Int)',
    '  /// The source has another size than batch, height and width say.',
    '  case wrongSize',
    '}',
  ].join('\n');
}

function functionOf(kernel: Kernel): string {
  const { source, target, tables, multiple } = kernel;
  const dims =
    target.layout === 'NCHW'
      ? `batch, ${target.channels}, targetHeight, targetWidth`
      : `batch, targetHeight, targetWidth, ${target.channels}`;
  return [
    ...kernelSteps(kernel).map((line) => `/// ${line}`),
    `public func ${camelCase(kernel.words)}(`,
    `  _ source: [${TYPES[source.dtype]}], batch: Int, height: Int, width: Int`,
    `) throws -> AdapterImage<${TYPES[target.dtype]}> {`,
    ...(multiple > 1
      ? [`  guard height % ${multiple} == 0, width % ${multiple} == 0 else { throw AdapterError.notAMultiple(of: ${multiple}) }`]
      : []),
    `  guard source.count == batch * ${source.channels} * height * width else { throw AdapterError.wrongSize }`,
    ...tables.map((table) => {
      const type = table.kind === 'index' ? 'Int' : 'Float';
      return `  let ${table.name}: [${type}] = [${tableEntries(table, decimal)}]`;
    }),
    `  let targetHeight = ${print(target.height, dialect)}`,
    `  let targetWidth = ${print(target.width, dialect)}`,
    `  var target = [${TYPES[target.dtype]}](repeating: 0, count: batch * ${target.channels} * targetHeight * targetWidth)`,
    '  var element = 0',
    ...loops(kernel),
    `  return AdapterImage(data: target, dims: [${dims}])`,
    '}',
  ].join('\n');
}

/** The compiler warns of loop variables that are not read. */
function loops(kernel: Kernel): string[] {
  const body = elementLines(kernel, dialect, 'element');
  const read = new Set(body.join(' ').match(/[A-Za-z]\w*/g));
  const open = (name: string, limit: string): string => `for ${read.has(name) ? name : '_'} in 0..<${limit} {`;
  return loopLines(kernel, ['targetHeight', 'targetWidth'], open, [...body, 'element += 1']);
}
