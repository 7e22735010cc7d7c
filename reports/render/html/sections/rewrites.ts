import { formatCount, formatError } from '../../../model/format.ts';
import type { ReportQuantization, ReportRewrite, ReportRewriteRecord } from '../../../model/report.ts';
import { count } from '../../words.ts';
import { type Markup, markup, type Piece } from '../markup.ts';
import { code, details, evidence, facts, numeric, quiet, type Section, table, variantName, warningList } from '../parts.ts';
import type { View } from '../view.ts';
import { rewritePictures } from './rewrite-pictures.ts';

/** What each rewriting and quantization did, and how it was verified. */
export function rewritesSection(view: View): Section | null {
  const { rewrites, quantizations } = view.report;
  if (rewrites.length === 0 && quantizations.length === 0) return null;
  const drawn = new Set<string>();
  const body = markup`${rewrites.map((rewrite, i) => log(view, rewrite, `graph-${i}`, drawn))}${quantizations.map((q) => quantization(view, q))}`;
  return { id: 'rewrites', title: 'Rewrites', body };
}

function log(view: View, { variant, log: l }: ReportRewrite, id: string, drawn: Set<string>): Markup {
  const fired = l.records.filter((r) => r.outcome === 'fired');
  const rest = l.records.filter((r) => r.outcome !== 'fired');
  return markup`<h3>${variantName(variant, view.series(variant))} ${quiet(`for ${l.target}, ${l.precision}`)}</h3>
${facts([
    ['Nodes', `${l.nodesBefore} → ${l.nodesAfter}`], ['Largest rank', `${l.maxRankBefore ?? '?'} → ${l.maxRankAfter ?? '?'}`],
    ['Fired', fired.length], ['Left alone', rest.length],
    ['Whole model', l.whole || fired.length > 0 ? verification(l.whole) : quiet('nothing changed')],
  ])}
${fired.length === 0 ? markup`<p>${quiet('No rewrite fired.')}</p>` : recordTable('Fired', fired)}
${rewritePictures(fired, id, drawn)}
${rest.length > 0 && details(`${count(rest.length, 'place')} looked at and left`, recordTable('Left alone', rest))}`;
}

function recordTable(caption: string, records: readonly ReportRewriteRecord[]): Markup {
  return table(caption, ['Rewrite', 'Nodes', 'Why', 'Class', 'Nodes, MACs', 'Verified'], alike(records).map(({ record: r, times }) => [
    [code(r.rewrite), times > 1 && tag(`${times} ×`), r.outcome === 'skipped' && tag('skipped')], nodes(r), [r.reason, figures(r.facts)],
    r.face === 'same' ? r.exactness : `${r.exactness}, changes ${r.face}`, sizes(r), verification(r.verified),
  ]));
}

function tag(text: string): Markup {
  return markup` <span class="tag">${text}</span>`;
}

/** Records in their order; those that differ in their nodes only and were not run by themselves (dead nodes) are told once. */
function alike(records: readonly ReportRewriteRecord[]): { record: ReportRewriteRecord; times: number }[] {
  const groups = new Map<string, { record: ReportRewriteRecord; times: number }>();
  records.forEach((record, i) => {
    const { rewrite, outcome, reason, exactness, face, verified, nodes: names } = record;
    const key = verified ? String(i) : JSON.stringify([rewrite, outcome, reason, exactness, face, record.facts]);
    const group = groups.get(key);
    if (group) groups.set(key, { record: { ...group.record, nodes: [...group.record.nodes, ...names] }, times: group.times + 1 });
    else groups.set(key, { record, times: 1 });
  });
  return [...groups.values()];
}

function nodes({ nodes: names, scope }: ReportRewriteRecord): Piece {
  const shown = `${names.slice(0, 4).join(', ')}${names.length > 4 ? ` … ${names.length} in all` : ''}`;
  return [code(shown), scope !== null && [markup`<br>`, quiet(scope)]];
}

function sizes(r: ReportRewriteRecord): Piece {
  const { nodesBefore, nodesAfter, macsBefore, macsAfter } = r;
  if (nodesBefore === undefined || nodesAfter === undefined) return '–';
  const changed = macsBefore !== undefined && macsAfter !== undefined && macsBefore !== macsAfter;
  return [`${nodesBefore} → ${nodesAfter}`, changed && markup`<br>${formatCount(macsBefore)} → ${formatCount(macsAfter)} MACs`];
}

function verification(comparison: ReportRewriteRecord['verified']): Piece {
  if (!comparison) return quiet('not run');
  const error = comparison.bitEqual ? 'bit-equal' : `max ${formatError(comparison.maxRelToRange)} of the range`;
  return [error, ' ', evidence(comparison.evidence), ' ', quiet(count(comparison.inputs, 'input'))];
}

function quantization(view: View, q: ReportQuantization): Markup {
  return markup`<h3>${variantName(q.variant, view.series(q.variant))} ${quiet(`quantized from ${q.base}`)}</h3>
${facts([
    ['Scheme', q.scheme], ['Ranges', q.method], ['Calibration', `${count(q.images, 'piece')} of ${q.dataset}`], ...Object.entries(q.facts),
  ])}
${warningList(q.warnings)}
${q.layers.length > 0 && details(count(q.layers.length, 'layer'), layerTable(q.layers))}`;
}

function layerTable(layers: ReportQuantization['layers']): Markup {
  const names = [...new Set(layers.flatMap((layer) => Object.keys(layer.facts)))];
  const rows = layers.map((layer) => [code(layer.node), layer.opType, ...names.map((name) => layer.facts[name] ?? '–')]);
  return table('Quantized layers', ['Node', 'Operator', ...names.map(numeric)], rows);
}

function figures(values: ReportRewriteRecord['facts']): Piece {
  const entries = Object.entries(values ?? {});
  return entries.length > 0 && [markup`<br>`, quiet(entries.map(([name, value]) => `${name} ${value}`).join('; '))];
}
