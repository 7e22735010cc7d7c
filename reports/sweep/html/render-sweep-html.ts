import { type Markup, markup, type Piece } from '../../render/html/markup.ts';
import { htmlDocument } from '../../render/html/page.ts';
import { facts, quiet } from '../../render/html/parts.ts';
import { STYLE } from '../../render/html/style.ts';
import { formatBytes } from '../../model/format.ts';
import { commonText, type Grid, gridOf } from '../grid.ts';
import type { SweepReport } from '../sweep-schema.ts';
import { paretoFigures } from './pareto-figures.ts';
import { SWEEP_STYLE } from './sweep-style.ts';
import { sweepTable } from './sweep-table.ts';

/**
 * The table as one self-contained page in the look of the reports: fronts as pictures with their points as a table, evidence over every column,
 * footnotes linked. No script; its content policy allows nothing from outside.
 */
export function renderSweepHtml(report: SweepReport): string {
  const grid = gridOf(report);
  const common = commonText(report);
  const body = markup`<header class="top sweep"><p class="eyebrow">Sweep</p><h1>${report.title}</h1>${common !== '' && markup`<p class="quiet">${common}</p>`}</header>
<main class="sweep">
<section id="table" aria-labelledby="table-title"><h2 id="table-title">Table</h2>
${sweepTable(grid, report.title)}${footnotes(grid)}</section>
${report.pareto.length > 0 && markup`<section id="fronts" aria-labelledby="fronts-title"><h2 id="fronts-title">Fronts</h2>
${paretoFigures(report.pareto)}</section>`}
${variants(report)}
<section id="environment" aria-labelledby="environment-title"><h2 id="environment-title">Environment</h2>
<div class="command"><pre><code>${report.command}</code></pre></div>
${environment(report)}</section>
</main>
<footer><span>${report.name}, sweep format ${report.sweepVersion}</span><span>${report.finishedAt}</span></footer>`;
  return htmlDocument({ title: report.title, dyno: report.environment.dyno, style: STYLE + SWEEP_STYLE, script: null, body, data: { id: 'sweep-data', value: report } });
}

function footnotes({ footnotes: list }: Grid): Piece {
  if (list.length === 0) return null;
  return markup`<ol class="footnotes">${list.map(({ mark, text }) => markup`<li id="note-${mark}"><span class="mark-letter">${mark}</span> ${text}</li>
`)}</ol>`;
}

/** What was built, with the notes that belong to it. */
function variants({ variants: list, notes }: SweepReport): Piece {
  const noted = list.filter((variant) => variant.notes.length > 0 || variant.failed !== null);
  if (noted.length === 0 && notes.length === 0) return null;
  return markup`<section id="notes" aria-labelledby="notes-title"><h2 id="notes-title">Notes</h2>
${notes.map((note) => markup`<p>${note}</p>`)}
<ul class="variants">${noted.map(({ id, notes: said, failed }) => markup`<li><strong>${id}</strong> ${quiet([...(failed === null ? [] : [failed]), ...said].join('; '))}</li>
`)}</ul></section>`;
}

function environment({ environment: e, seed }: SweepReport): Markup {
  return facts([
    ['dyno', e.dyno], ['Node', e.node], ['System', e.os], ['CPU', `${e.cpu}, ${e.cores} cores`], ['Memory', formatBytes(e.memoryBytes)],
    ...Object.entries(e.libraries), ['Seed', seed],
  ]);
}
