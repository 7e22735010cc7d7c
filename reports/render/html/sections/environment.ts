import { formatBytes, formatCount } from '../../../model/format.ts';
import type { Report } from '../../../model/report.ts';
import { type Markup, markup, type Piece } from '../markup.ts';
import { details, type Section, table, variantName } from '../parts.ts';
import type { View } from '../view.ts';

/** What was run, on what, with which versions, and how to run it again. */
export function environmentSection(view: View): Section {
  const { report } = view;
  return {
    id: 'environment', title: 'Environment', body: markup`<h3>Run it again</h3><div class="command"><pre><code>${report.run.command}</code></pre></div>
${machine(report)}${models(report)}${variants(view)}${artifacts(report)}${warnings(report)}`,
  };
}

function machine({ environment: e, run }: Report): Markup {
  const facts: [string, Piece][] = [
    ['dyno', e.dyno], ['Node', e.node], ['System', e.os], ['CPU', `${e.cpu}, ${e.cores} cores`], ['Memory', formatBytes(e.memoryBytes)],
    ...Object.entries(e.libraries), ['Started', run.startedAt], ['Finished', run.finishedAt], ['Seed', run.seed ?? '–'], ['Resumed', run.resumed ? 'yes' : 'no'],
  ];
  return markup`<dl class="facts">${facts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function models({ models: list }: Report): Markup {
  return table('Models', [{ title: 'Model' }, { title: 'File' }, { title: 'Opset', numeric: true }, { title: 'Inputs' }, { title: 'Outputs' }, { title: 'SHA-256' }], list.map((m) => [
    m.id, markup`<code>${m.path}</code>`, m.opset, face(m.inputs), face(m.outputs), hash(m.sha256),
  ]));
}

function variants(view: View): Markup {
  return table('Variants', [{ title: 'Variant' }, { title: 'What it is' }, { title: 'Nodes', numeric: true }, { title: 'Parameters', numeric: true }, { title: 'MACs', numeric: true }, { title: 'Rank', numeric: true }, { title: 'Size', numeric: true }, { title: 'SHA-256' }], view.report.variants.map((v) => [
    variantName(v.id, view.series(v.id)), v.title, v.nodes ?? '–', v.parameters === null ? '–' : formatCount(v.parameters), v.macs === null ? '–' : formatCount(v.macs), v.maxRank ?? '–', formatBytes(v.bytes), hash(v.sha256),
  ]));
}

function artifacts({ artifacts: list }: Report): Markup | null {
  if (list.length === 0) return null;
  return details('Files of this run', table('Files', [{ title: 'File' }, { title: 'Kind' }, { title: 'Size', numeric: true }, { title: 'SHA-256' }], list.map((a) => [markup`<code>${a.path}</code>`, a.kind, formatBytes(a.bytes), hash(a.sha256)])));
}

function warnings({ warnings: list }: Report): Markup | null {
  return list.length === 0 ? null : markup`<h3>Warnings</h3><ul class="warnings">${list.map((w) => markup`<li>${w.text}${w.hint === null ? null : markup` <span class="quiet">${w.hint}</span>`}</li>`)}</ul>`;
}

function face(values: Report['models'][number]['inputs']): Piece {
  return values.map((value) => markup`<code>${value.name}</code> ${value.type} `);
}

function hash(sha256: string): Markup {
  return markup`<code class="hash" title="${sha256}">${sha256.slice(0, 12)}</code>`;
}
