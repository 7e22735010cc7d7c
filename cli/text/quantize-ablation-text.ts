import { resolveSoc } from '../../converters/rules/resolve-target.ts';
import type { AblationCell, AblationLine, AblationTable } from '../work/quantize-ablation.ts';

/** One Markdown table a model: loss in dB by data set and executor, the float model's score in the first line. */
export function ablationMarkdown(tables: readonly AblationTable[]): string {
  return tables.map(tableText).join('\n\n');
}

function tableText({ model, protocol, calibration, executors, tools, lines, refused }: AblationTable): string {
  const datasets = [...new Set(lines.flatMap(({ cells }) => cells.map(({ dataset }) => dataset)))];
  const places = datasets.flatMap((dataset) => executors.map((executor) => ({ dataset, executor })));
  const head = ['method', 'scheme', 's', ...places.map(({ dataset, executor }) => `${dataset}, ${executorName(executor)}`)];
  const rows = lines.map((line, i) => [line.name, line.scheme, line.seconds?.toFixed(1) ?? '', ...places.map((place) => cellText(line, place, i === 0))]);
  const built = tools['qairt'] ? `; emulated with QAIRT ${tools['qairt']}` : '';
  return [
    `## ${model}`, '', `${protocol}; dB lost against the float model in ONNX Runtime, whose own dB stand in the first line. Calibrated on ${calibration.pieces} pieces of ${calibration.dataset}${built}.`, '',
    markdown(head, rows), ...refused.map((text) => `\n- ${text}`),
  ].join('\n');
}

function cellText({ cells, missing }: AblationLine, { dataset, executor }: Pick<AblationCell, 'dataset' | 'executor'>, isFloat: boolean): string {
  if (missing !== null) return '–';
  const cell = cells.find((c) => c.dataset === dataset && c.executor === executor);
  return cell ? (isFloat ? cell.mean : cell.loss).toFixed(3) : isFloat ? '' : 'not run';
}

function executorName(executor: string): string {
  const [kind, chip] = executor.split(':');
  return kind === 'emulator' && chip ? `v${resolveSoc(chip).soc.hexagon}` : 'ONNX Runtime';
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map((_, i) => (i < 2 ? '---|' : '---:|')).join('')}`, ...rows.map(line)].join('\n');
}
