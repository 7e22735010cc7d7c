import { isCoreMlPath } from '../../converters/coreml/package/core-ml-path.ts';
import { formatBytes, formatCount } from '../../reports/model/format.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { bar } from '../ui/bars.ts';
import { plural } from '../ui/numbers.ts';
import type { Style } from '../ui/style.ts';
import { formatTable } from '../ui/table.ts';
import { fitWidth, padEnd } from '../ui/width.ts';
import { describeModel, describeNodes, type ModelSummary, type NodeSummary } from '../work/describe-model.ts';
import { modelRef, shownPath } from '../work/model-refs.ts';
import { openModel } from '../work/open-model.ts';

/** Files that Qualcomm's compiler writes. */
const ARTIFACT = /\.(dlc|bin|json)$/i;

/** `dyno inspect`: what is in a model. */
export const inspect: Handler<{ readonly nodes?: boolean }> = async (args, options, session) => {
  const { config } = await session.resolve();
  const cwd = session.io.cwd();
  const { path } = modelRef(args[0] as string, config, cwd);
  if (isCoreMlPath(path)) return (await import('./inspect-package.ts')).inspectPackage(path, options, session);
  if (ARTIFACT.test(path)) return (await import('./inspect-artifact.ts')).inspectArtifact(path, session);
  const { onnx, model, close } = openModel(path);
  const summary = describeModel(onnx, model);
  const nodes = options.nodes ? describeNodes(model) : null;
  close();
  await session.present({
    json: { path: shownPath(path, cwd), ...summary, ...(nodes ? { graph: nodes } : {}) },
    text: [
      `${session.style.bold(shownPath(path, cwd))}  ${session.style.dim(summary.producer)}`,
      ...facts(summary, session.style),
      ...(nodes ? ['', nodeTable(nodes, session.style, session.columns)] : []),
    ].join('\n'),
  });
  return EXIT.ok;
};

function facts(summary: ModelSummary, style: Style): string[] {
  const { file, inputs, outputs, opsets, metadata } = summary;
  const unknown = 'unknown: dimensions are open';
  const rows: [string, string][] = [
    [
      'file',
      [
        formatBytes(file.bytes),
        ...(file.externalFiles.length > 0 ? [`and ${formatBytes(file.externalBytes)} in ${file.externalFiles.join(', ')}`] : []),
      ].join(', '),
    ],
    [
      'format',
      `IR ${summary.irVersion}, ${Object.entries(opsets)
        .map(([domain, version]) => `${domain} ${version}`)
        .join(', ')}`,
    ],
    ...inputs.map(({ name, type }): [string, string] => ['input', `${name}  ${style.dim(type)}`]),
    ...outputs.map(({ name, type }): [string, string] => ['output', `${name}  ${style.dim(type)}`]),
    ...(summary.openDimensions.length > 0 ? [['open', summary.openDimensions.join(', ')] as [string, string]] : []),
    ['parameters', `${formatCount(summary.parameters)}, ${formatBytes(summary.parameterBytes)}`],
    ['MACs', summary.macs === null ? unknown : formatCount(summary.macs)],
    ['activations', summary.activationBytes === null ? unknown : formatBytes(summary.activationBytes)],
    [
      'highest rank',
      summary.maxRank === null
        ? 'unknown'
        : `${summary.maxRank}  ${style.dim(
            Object.entries(summary.ranks)
              .map(([rank, n]) => `rank ${rank}: ${n}`)
              .join(', '),
          )}`,
    ],
    [
      'weights',
      Object.entries(summary.weightTypes)
        .map(([type, n]) => `${n} ${type}`)
        .join(', ') || 'none',
    ],
    ...Object.entries(metadata).map(([key, value]): [string, string] => ['metadata', `${key} = ${fitWidth(value, 80)}`]),
  ];
  return [...rows.map(([name, text]) => `  ${style.dim(padEnd(name, 13))} ${text}`), '', ...operators(summary, style)];
}

function operators({ operators, nodes, subgraphs }: ModelSummary, style: Style): string[] {
  const most = Math.max(1, ...Object.values(operators));
  const rows = Object.entries(operators).map(([name, n]) => [`  ${name}`, String(n), style.cyan(bar(n / most, 24))]);
  return [
    formatTable([{ title: plural(nodes, 'node') }, { title: '', align: 'right' }, { title: '' }], rows, style.bold),
    ...(subgraphs > 0 ? [style.dim(`  ${plural(subgraphs, 'node')} with subgraphs`)] : []),
  ];
}

function nodeTable(nodes: readonly NodeSummary[], style: Style, columns: number): string {
  const width = Math.max(20, Math.floor(columns / 2) - 12);
  return formatTable(
    [{ title: 'operator' }, { title: 'node' }, { title: 'makes' }],
    nodes.map(({ opType, name, outputs }) => [
      opType,
      fitWidth(name, width, 'both'),
      style.dim(outputs.map(({ type }) => type).join('; ')),
    ]),
    style.dim,
  );
}
