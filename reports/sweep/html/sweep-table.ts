import { type Markup, markup, type Piece } from '../../render/html/markup.ts';
import type { Grid, GridCell, GridColumn, GridRow } from '../grid.ts';

/** The grid as a table: names of rows as headers that stay in place, evidence under every title, empty cells with their reason. */
export function sweepTable({ names, columns, rows }: Grid, caption: string): Markup {
  return markup`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table><caption>${caption}</caption>
<thead><tr>${names.map((name) => markup`<th scope="col"><span class="over">${name === 'row' ? '' : name}</span></th>`)}${columns.map(head)}</tr></thead>
<tbody>${rows.map(body)}</tbody></table></div>`;
}

function head({ title, subtitle, evidence, marks }: GridColumn): Markup {
  const how = evidence === '' ? null : markup`<span class="evidence how">${evidence}</span>`;
  const kind = evidence === 'published' ? 'number published-head' : 'number';
  return markup`<th scope="col" class="${kind}"><span class="over">${title}${links(marks)}</span><span class="under">${subtitle}</span>${how}</th>`;
}

function body({ names, cells }: GridRow): Markup {
  const [first, ...rest] = names;
  return markup`<tr><th scope="row">${first ?? ''}</th>${rest.map((name) => markup`<td class="text">${name}</td>`)}${cells.map(cellMarkup)}</tr>
`;
}

function cellMarkup({ cell, text, marks }: GridCell): Markup {
  if (cell.value === null) return markup`<td class="number"><span class="lacking">${text}</span>${links(marks)}</td>`;
  const [number, ends] = split(text);
  const shown = cell.evidence === null ? markup`<span class="published-value">${number}</span>` : number;
  return markup`<td class="number">${shown}${ends === '' ? null : markup`<span class="ends">${ends}</span>`}${links(marks)}</td>`;
}

function links(marks: readonly string[]): Piece {
  return marks.map((mark) => markup`<sup><a href="#note-${mark}" aria-label="note ${mark}">${mark}</a></sup>`);
}

/** The value, and its interval behind it. */
function split(text: string): [string, string] {
  const at = text.search(/ [±(]/);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)];
}
