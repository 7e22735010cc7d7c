import type { Report, ReportQuantization, ReportRewrite, ReportRewriteRecord } from '../../../model/report.ts';
import { formatCount, formatError } from '../../../model/format.ts';
import { count } from '../../words.ts';
import { type Markup, markup, type Piece } from '../markup.ts';
import { details, evidence, type Section, table, variantName } from '../parts.ts';
import type { View } from '../view.ts';

/** What each rewriting and quantization did, and how it was verified. */
export function rewritesSection(view: View): Section | null {
  const { rewrites, quantizations } = view.report;
  if (rewrites.length === 0 && quantizations.length === 0) return null;
  return { id: 'rewrites', title: 'Rewrites', body: markup`${rewrites.map((rewrite) => log(view, rewrite))}${quantizations.map((q) => quantization(view, q))}` };
}

function log(view: View, { variant, log: { target, precision, records, nodesBefore, nodesAfter, maxRankBefore, maxRankAfter, whole } }: ReportRewrite): Markup {
  const fired = records.filter((r) => r.outcome === 'fired');
  const rest = records.filter((r) => r.outcome !== 'fired');
  return markup`<h3>${variantName(variant, view.series(variant))} <span class="quiet">for ${target}, ${precision}</span></h3>
<dl class="facts"><div><dt>Nodes</dt><dd>${nodesBefore} → ${nodesAfter}</dd></div><div><dt>Largest rank</dt><dd>${maxRankBefore ?? '?'} → ${maxRankAfter ?? '?'}</dd></div>
<div><dt>Fired</dt><dd>${fired.length}</dd></div><div><dt>Refused</dt><dd>${rest.length}</dd></div><div><dt>Whole model</dt><dd>${verification(whole)}</dd></div></dl>
${fired.length === 0 ? markup`<p class="quiet">No rewrite fired.</p>` : recordTable('Rewrites that fired', fired)}
${rest.length === 0 ? null : details(`${count(rest.length, 'place')} looked at and left`, recordTable('Rewrites that were refused or skipped', rest))}`;
}

function recordTable(caption: string, records: readonly ReportRewriteRecord[]): Markup {
  return table(caption, [{ title: 'Rewrite' }, { title: 'Nodes' }, { title: 'Why' }, { title: 'Class' }, { title: 'Nodes, MACs' }, { title: 'Verified' }], alike(records).map(({ record: r, times }) => [
    [markup`<code>${r.rewrite}</code>`, times > 1 ? markup` <span class="tag">${times} ×</span>` : null, r.outcome === 'skipped' ? markup` <span class="tag">skipped</span>` : null],
    [markup`<code>${r.nodes.slice(0, 4).join(', ')}${r.nodes.length > 4 ? ` … ${r.nodes.length} in all` : ''}</code>`, r.scope === null ? null : markup`<br><span class="quiet">${r.scope}</span>`],
    [r.reason, facts(r.facts)], r.face === 'same' ? r.exactness : `${r.exactness}, changes ${r.face}`, sizes(r), verification(r.verified),
  ]));
}

/** Records in their order; those that differ in their nodes only and were not run by themselves (dead nodes) are told once. */
function alike(records: readonly ReportRewriteRecord[]): { record: ReportRewriteRecord; times: number }[] {
  const groups = new Map<string, { record: ReportRewriteRecord; times: number }>();
  records.forEach((record, i) => {
    const { rewrite, outcome, reason, exactness, face, verified, nodes } = record;
    const key = verified ? String(i) : JSON.stringify([rewrite, outcome, reason, exactness, face, record.facts]);
    const group = groups.get(key);
    if (group) groups.set(key, { record: { ...group.record, nodes: [...group.record.nodes, ...nodes] }, times: group.times + 1 });
    else groups.set(key, { record, times: 1 });
  });
  return [...groups.values()];
}

function sizes(r: ReportRewriteRecord): Piece {
  if (r.nodesBefore === undefined || r.nodesAfter === undefined) return '–';
  const macs = r.macsBefore === undefined || r.macsAfter === undefined || r.macsBefore === r.macsAfter ? null : markup`<br>${formatCount(r.macsBefore)} → ${formatCount(r.macsAfter)} MACs`;
  return [`${r.nodesBefore} → ${r.nodesAfter}`, macs];
}

function verification(comparison: ReportRewriteRecord['verified']): Piece {
  if (!comparison) return markup`<span class="quiet">not run</span>`;
  const error = comparison.bitEqual ? 'bit-equal' : `max ${formatError(comparison.maxRelToRange)} of the range`;
  return [error, ' ', evidence(comparison.evidence), markup` <span class="quiet">${count(comparison.inputs, 'input')}</span>`];
}

function quantization(view: View, q: ReportQuantization): Markup {
  return markup`<h3>${variantName(q.variant, view.series(q.variant))} <span class="quiet">quantized from ${q.base}</span></h3>
<dl class="facts"><div><dt>Scheme</dt><dd>${q.scheme}</dd></div><div><dt>Ranges</dt><dd>${q.method}</dd></div><div><dt>Calibration</dt><dd>${count(q.images, 'image')} of ${q.dataset}</dd></div>
${Object.entries(q.facts).map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
${q.warnings.length === 0 ? null : markup`<ul class="warnings">${q.warnings.map((text) => markup`<li>${text}</li>`)}</ul>`}
${q.layers.length === 0 ? null : details(`${count(q.layers.length, 'layer')}`, layerTable(q.layers))}`;
}

function layerTable(layers: Report['quantizations'][number]['layers']): Markup {
  const names = [...new Set(layers.flatMap((layer) => Object.keys(layer.facts)))];
  return table('Quantized layers', [{ title: 'Node' }, { title: 'Operator' }, ...names.map((title) => ({ title, numeric: true }))], layers.map((layer) => [markup`<code>${layer.node}</code>`, layer.opType, ...names.map((name) => layer.facts[name] ?? '–')]));
}

function facts(values: ReportRewriteRecord['facts']): Markup | null {
  const entries = Object.entries(values ?? {});
  return entries.length === 0 ? null : markup`<br><span class="quiet">${entries.map(([name, value]) => `${name} ${value}`).join('; ')}</span>`;
}
