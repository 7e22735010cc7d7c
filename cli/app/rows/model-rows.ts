import { formatBytes } from '../../../reports/model/format.ts';
import type { FoundModel } from '../state/found.ts';
import type { AppState } from '../state/state.ts';
import { type AboutLine, heading, note, type Row, row } from './row.ts';

const ORIGINS: readonly (readonly [FoundModel['origin'], string])[] = [
  ['typed', 'Typed'], ['config', 'In the config'], ['here', 'Here and below'], ['recent', 'Used before'], ['bundled', 'Comes with dyno, trained'], ['zoo', 'Written when needed, random weights'],
];

/** Models by where they were found. */
export function modelRows({ loads, choices }: AppState): Row[] {
  const found = loads.files?.value;
  if (!found) return [];
  const sections = ORIGINS.flatMap(([origin, title]) => {
    const models = found.models.filter((model) => model.origin === origin);
    return models.length === 0 ? [] : [heading(title), ...models.map((model) => modelRow(model, choices.models))];
  });
  return [...sections, ...(found.truncated ? [note('There are more files than were looked at: type a path with p.')] : [])];
}

function modelRow(model: FoundModel, chosen: readonly string[]): Row {
  const { id, kind, bytes, modified } = model;
  return row({
    id, kind: 'many', label: id, chosen: chosen.includes(id), words: `${model.path} ${model.note ?? ''}`,
    cells: [kind === 'package' ? 'Core ML' : kind === 'network' ? 'network' : bytes === null ? '' : formatBytes(bytes), modified === null ? '' : day(modified), model.note ?? ''],
    about: () => aboutModel(model),
  });
}

function aboutModel({ id, path, kind, bytes, modified, note: remark }: FoundModel): AboutLine[] {
  const what = { onnx: 'ONNX model', package: 'Core ML package: it is checked by its own operations', network: 'Published architecture with seeded random weights: for latency, traffic and operators, not for pictures' }[kind];
  return [
    { text: id, tone: 'strong' },
    { text: what },
    { text: path, tone: 'dim' },
    ...(bytes === null ? [] : [{ text: `${formatBytes(bytes)}${modified === null ? '' : `, changed ${new Date(modified).toISOString().slice(0, 16).replace('T', ' ')} UTC`}` }]),
    ...(remark === null ? [] : [{ text: remark }]),
  ];
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
