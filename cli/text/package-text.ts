import type { FunctionSummary } from '../../converters/coreml/package/summary.ts';
import { formatBytes, formatCount } from '../../reports/model/format.ts';
import { bar } from '../ui/bars.ts';
import { plural } from '../ui/numbers.ts';
import type { Style } from '../ui/style.ts';
import { formatTable } from '../ui/table.ts';
import { fitWidth, padEnd } from '../ui/width.ts';
import { formatFeature, type OperationSummary, type PackageSummary } from '../work/describe-package.ts';

interface TextOptions {
  readonly style: Style;
  readonly columns: number;
}

/** Islands that are named. */
const SHOWN = 4;

/** A Core ML model for a person: its face, what it is made of, how its weights are stored. */
export function packageText(path: string, summary: PackageSummary, operations: readonly OperationSummary[] | null, options: TextOptions): string {
  const { style } = options;
  const { bytes, network, metadata, functions, defaultFunction } = summary;
  const head: Row[] = [
    ['file', `${formatBytes(bytes.model)}${bytes.weights > 0 ? `, and ${formatBytes(bytes.weights)} of weights` : ''}`],
    ['format', `${summary.kind}, specification ${summary.specification}, ${summary.system} or later`],
  ];
  return [
    style.bold(path),
    ...rows([...head, ...Object.entries(metadata).map(([key, value]): Row => ['metadata', `${key} = ${fitWidth(value, 80)}`])], style),
    ...functions.flatMap((each) => [
      ...(functions.length > 1 ? ['', `  ${style.bold(`function ${each.name}`)}${each.name === defaultFunction ? style.dim('  the default one') : ''}`] : []),
      ...rows([...each.inputs.map(feature('input', style)), ...each.outputs.map(feature('output', style)), ...each.states.map(feature('state', style)), ...programRows(each.program, style)], style),
      ...(each.program ? ['', ...table(plural(each.program.operations, 'operation'), each.program.operators, style)] : []),
    ]),
    ...(network ? networkLines(network, style) : []),
    ...(operations ? ['', operationTable(operations, functions.length > 1, options)] : []),
  ].join('\n');
}

type Row = readonly [name: string, text: string];

function rows(list: readonly Row[], style: Style): string[] {
  return list.map(([name, text]) => `  ${style.dim(padEnd(name, 13))} ${text}`);
}

function feature(what: string, style: Style): (feature: PackageSummary['functions'][number]['inputs'][number]) => Row {
  return (each) => [what, `${each.name}  ${style.dim(formatFeature(each))}`];
}

function programRows(program: FunctionSummary | null, style: Style): Row[] {
  if (!program) return [];
  const islands = program.fp32Islands.slice(0, SHOWN).map(({ name, type }) => `${type} ${name}`).join(', ');
  const more = program.fp32Islands.length - SHOWN;
  const mixed = `fp16, but for ${plural(program.fp32Islands.length, 'operation')} in fp32: ${islands}${more > 0 ? `, and ${more} more` : ''}`;
  return [
    ['operator set', program.opset],
    ['computes in', program.precision === 'mixed' ? mixed : (program.precision ?? 'no floats')],
    ['ranks', Object.entries(program.ranks).map(([rank, n]) => `rank ${rank}: ${n}`).join(', ') || 'none'],
    ['types', Object.entries(program.dtypes).map(([type, n]) => `${n} ${type}`).join(', ') || 'none'],
    ...Object.entries(program.weights).map(([encoding, { tensors, elements, bytes }]): Row => [
      'weights', `${encoding}  ${style.dim(`${plural(tensors, 'tensor')}, ${formatCount(elements)} elements, ${formatBytes(bytes)}`)}`,
    ]),
  ];
}

function networkLines(network: NonNullable<PackageSummary['network']>, style: Style): string[] {
  const prepared = network.preprocessing.map(({ feature: name, scale, bias }): Row => ['scaled', `${name} × ${scale} + (${bias.join(', ')})`]);
  return [
    ...rows([['parameters', formatBytes(network.parameterBytes)], ...prepared], style), '',
    ...table(plural(network.layers, 'layer'), network.kinds, style),
  ];
}

function table(title: string, counts: Readonly<Record<string, number>>, style: Style): string[] {
  const most = Math.max(1, ...Object.values(counts));
  const lines = Object.entries(counts).map(([name, n]) => [`  ${name}`, String(n), style.cyan(bar(n / most, 24))]);
  return [formatTable([{ title }, { title: '', align: 'right' }, { title: '' }], lines, style.bold)];
}

function operationTable(operations: readonly OperationSummary[], several: boolean, { style, columns }: TextOptions): string {
  const width = Math.max(20, Math.floor(columns / 2) - 12);
  return formatTable(
    [...(several ? [{ title: 'function' }] : []), { title: 'operation' }, { title: 'value' }, { title: 'type' }],
    operations.map((operation) => [
      ...(several ? [operation.function] : []), operation.type, fitWidth(operation.outputs.map(({ name }) => name).join(', '), width, 'both'),
      style.dim(operation.outputs.map(({ type }) => type).join('; ')),
    ]),
    style.dim,
  );
}
