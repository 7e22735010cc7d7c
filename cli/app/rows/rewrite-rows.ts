import type { RewriteRecord } from '../../../models/contracts/records.ts';
import { placeText } from '../../../reports/render/terminal/graph-text.ts';
import { plural } from '../../ui/numbers.ts';
import type { PreviewedModel } from '../state/found.ts';
import { ALLOWANCES, type Allowance, type AppState } from '../state/state.ts';
import { problemLines } from './device-rows.ts';
import { type AboutLine, heading, note, type Row, row } from './row.ts';

const ALLOWANCE_WORDS: Readonly<Record<Allowance, string>> = {
  border: 'pixels at the border may change', approximate: 'values may change a little everywhere', layout: 'axes of inputs and outputs may be in another order',
  dtype: 'inputs and outputs may have another type', subset: 'outputs may go', static: 'open sizes may be fixed',
};

/** Places of one rewrite that are drawn. */
const DRAWN = 3;

/** Classes that may be allowed, then for each model and target what would fire and what is left alone. */
export function rewriteRows({ choices, loads }: AppState): Row[] {
  const previews = loads.preview?.value ?? [];
  return [
    ...previews.flatMap((preview) => previewRows(preview, choices.skip)),
    ...skippedElsewhere(previews, choices.skip),
    heading('Allow more than exact rewrites', 'none of them is made unless it is allowed here'),
    ...ALLOWANCES.map((value) => row({ id: `allow ${value}`, value, kind: 'many', label: value, cells: [ALLOWANCE_WORDS[value]], chosen: choices.allow.includes(value), about: () => [{ text: value, tone: 'strong' }, { text: ALLOWANCE_WORDS[value] }] })),
  ];
}

export function isAllowance({ id }: Row): boolean {
  return id.startsWith('allow ');
}

function previewRows(preview: PreviewedModel, skip: readonly string[]): Row[] {
  const { model, target, log, problem } = preview;
  const prefix = `${model} ${target}`;
  const head = heading(`${model} → ${target}`, log ? `${log.nodesBefore} → ${plural(log.nodesAfter, 'node')}, ${log.precision}` : '');
  if (problem) return [head, row({ id: `${prefix} problem`, kind: 'open', label: `✗ ${problem.message}`, tone: 'bad', about: () => problemLines(problem) })];
  if (!log) return [head, note('Looking …')];
  const fired = groups(log.records.filter(({ outcome }) => outcome === 'fired'), ({ rewrite }) => rewrite);
  const others = groups(log.records.filter(({ outcome, rewrite }) => outcome !== 'fired' && !skip.includes(rewrite)), ({ rewrite, outcome, reason }) => `${rewrite} ${outcome} ${reason}`);
  return [
    head,
    ...preview.notes.map((text) => note(`! ${text}`, 'warn')),
    ...(fired.length === 0 ? [note('Nothing fires: the model stays as it is.')] : []),
    ...fired.map((group) => firedRow(group, `${prefix} fires`)),
    ...others.map((group, i) => leftRow(group, `${prefix} left ${i}`)),
  ];
}

/** What the person left out, so that it can be taken in again. */
function skippedElsewhere(previews: readonly PreviewedModel[], skip: readonly string[]): Row[] {
  if (skip.length === 0) return [];
  return [heading('Left out by you'), ...skip.map((value) => row({
    id: `skip ${value}`, value, kind: 'many', label: value, cells: [previews.length === 0 ? '' : 'space takes it in again'], about: () => [{ text: value, tone: 'strong' }, { text: 'Left out of every model (--skip).' }],
  }))];
}

function firedRow(group: readonly RewriteRecord[], prefix: string): Row {
  const [first] = group as [RewriteRecord];
  return row({
    id: `${prefix} ${first.rewrite}`, value: first.rewrite, kind: 'many', label: first.rewrite, chosen: true, cells: [group.length > 1 ? `×${group.length}` : '', classText(first), first.reason],
    words: group.flatMap(({ nodes }) => nodes).slice(0, 50).join(' '), about: (columns) => aboutFired(group, columns),
  });
}

function leftRow(group: readonly RewriteRecord[], id: string): Row {
  const [first] = group as [RewriteRecord];
  return row({
    id, kind: 'open', label: `– ${first.rewrite}`, tone: 'dim', cells: [group.length > 1 ? `×${group.length}` : '', first.outcome, first.reason],
    about: () => [
      { text: `${first.rewrite}: ${first.outcome}`, tone: 'strong' }, { text: first.reason },
      ...group.flatMap(({ nodes }): AboutLine[] => (nodes.length === 0 ? [] : [{ text: `at ${nodes.join(', ')}`, tone: 'dim', indent: 2 }])),
    ],
  });
}

function aboutFired(group: readonly RewriteRecord[], columns: number): AboutLine[] {
  const [first] = group as [RewriteRecord];
  const shown = group.slice(0, DRAWN);
  return [
    { text: first.rewrite, tone: 'strong' }, { text: classText(first) },
    ...shown.flatMap((record) => aboutPlace(record, columns)),
    ...(group.length > DRAWN ? [{ text: '' }, { text: `… and ${plural(group.length - DRAWN, 'place')} more`, tone: 'dim' as const }, ...group.slice(DRAWN).map(({ nodes }): AboutLine => ({ text: nodes.join(', '), tone: 'dim', indent: 2 }))] : []),
    { text: '' }, { text: 'Outputs are compared when it is made.', tone: 'dim' },
  ];
}

function aboutPlace({ reason, nodes, picture, facts }: RewriteRecord, columns: number): AboutLine[] {
  return [
    { text: '' }, { text: reason },
    ...Object.entries(facts ?? {}).map(([name, value]): AboutLine => ({ text: `${name}: ${value}`, tone: 'dim', indent: 2 })),
    ...(picture ? placeText(picture, columns).map((text): AboutLine => ({ text, fixed: true, tone: text === 'before' || text === 'after' ? 'dim' : 'plain' })) : nodes.length > 0 ? [{ text: `at ${nodes.join(', ')}`, tone: 'dim' as const }] : []),
  ];
}

function classText({ exactness, face }: RewriteRecord): string {
  const same = { bit: 'bit for bit', exact: 'exact', border: 'border differs', approximate: 'approximate' }[exactness];
  return face === 'same' ? same : `${same}, changes the ${face}`;
}

function groups(records: readonly RewriteRecord[], key: (record: RewriteRecord) => string): RewriteRecord[][] {
  const found = new Map<string, RewriteRecord[]>();
  for (const record of records) {
    const group = found.get(key(record));
    if (group) group.push(record);
    else found.set(key(record), [record]);
  }
  return [...found.values()];
}
