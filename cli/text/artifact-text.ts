import { isOneGraph, trafficOf } from '../../converters/htp/compile-report.ts';
import type { CompiledManifest, ReadArtifact } from '../../converters/htp/inspect/read-artifact.ts';
import type { ContextBinary } from '../../converters/htp/inspect/context-binary.ts';
import type { Dlc } from '../../converters/htp/inspect/dlc.ts';
import type { QnnGraph, QnnTensor } from '../../converters/htp/inspect/qnn-graph.ts';
import { formatBytes } from '../../reports/model/format.ts';
import { plural } from '../ui/numbers.ts';
import type { Style } from '../ui/style.ts';
import { padEnd } from '../ui/width.ts';

type Fact = readonly [name: string, text: string];

/** What is in a file of the compiler, for a person. */
export function artifactText(path: string, { bytes, sha256, content, compiledFor }: ReadArtifact, style: Style): string {
  const facts: Fact[] = [
    ['file', `${formatBytes(bytes)}, sha256 ${sha256}`],
    ...(compiledFor ? [['compiled for', `${compiledFor.chip} by QAIRT ${compiledFor.build ?? '?'}, says compiled.json beside it`] as const] : []),
    ...factsOf(content, style),
  ];
  return [`${style.bold(path)}  ${style.dim(TITLES[content.kind])}`, ...facts.map(([name, text]) => `  ${style.dim(padEnd(name, 14))} ${text}`)].join('\n');
}

const TITLES: Readonly<Record<ReadArtifact['content']['kind'], string>> = {
  compiled: 'what dyno compile wrote', 'qnn-graph': 'graph of QNN', dlc: 'DLC', 'context-binary': 'context binary of QNN; its format is not documented: what stands in it as text',
};

function factsOf(content: ReadArtifact['content'], style: Style): Fact[] {
  if (content.kind === 'compiled') return manifestFacts(content, style);
  if (content.kind === 'qnn-graph') return graphFacts(content);
  return content.kind === 'dlc' ? dlcFacts(content) : contextFacts(content);
}

function manifestFacts({ model, modelSha256, report, artifacts }: CompiledManifest, style: Style): Fact[] {
  const { all, spillFill } = trafficOf(report);
  return [
    ['model', `${model}, sha256 ${modelSha256.slice(0, 12)}…`], ['chip', `${report.chip}, Hexagon v${report.hexagon}`], ['build', `QAIRT ${report.build ?? '?'}`],
    ['placement', isOneGraph(report) ? 'one graph on HTP' : `${plural(report.htpGraphs, 'graph')} on HTP, ${plural(report.cpuNodes, 'node')} on the CPU`],
    ['DDR traffic', `${formatBytes(all)} per inference, ${formatBytes(spillFill)} of it spills and fills`],
    ...artifacts.map(({ file, what, bytes, state }): Fact => [what, `${file}, ${formatBytes(bytes)}, ${state === 'as written' ? style.green(state) : style.red(state)}`]),
  ];
}

function graphFacts({ inputs, outputs, operators, constants, constantBytes }: QnnGraph): Fact[] {
  return [
    ...inputs.map((tensor): Fact => ['input', tensorText(tensor)]), ...outputs.map((tensor): Fact => ['output', tensorText(tensor)]),
    ['operators', Object.entries(operators).sort(([, a], [, b]) => b - a).map(([type, count]) => `${count} ${type}`).join(', ')],
    ['constants', `${constants}, ${formatBytes(constantBytes)}`],
  ];
}

function tensorText({ name, type, dims, scale, zeroPoint }: QnnTensor): string {
  return `${name}  ${type} [${dims.join(', ')}]${scale === null ? '' : `, scale ${scale}, zero point ${zeroPoint}`}`;
}

function dlcFacts({ records, tool, version, written }: Dlc): Fact[] {
  return [
    ...(tool ? [['written by', `${tool} ${version ?? ''}${written ? `, ${written}` : ''}`] as const] : []),
    ...records.map(({ name, bytes }): Fact => ['record', `${name}, ${formatBytes(bytes)}`]),
  ];
}

function contextFacts({ build, chips, hexagon, vtcmBytes, graphs }: ContextBinary): Fact[] {
  return [
    ['build', `QAIRT ${build}: the phone's libraries must be at least as new`], ['chip', chips.join(', ') || 'not stated'], ['Hexagon', hexagon.map((version) => `v${version}`).join(', ') || 'not stated'],
    ['VTCM', vtcmBytes.map((bytes) => formatBytes(Number(bytes))).join(', ') || 'not stated'], ...graphs.map((name): Fact => ['graph', name]),
  ];
}
