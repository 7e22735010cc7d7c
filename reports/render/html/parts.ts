import type { Evidence, Severity } from '../../../models/contracts/index.ts';
import type { GateStatus } from '../../model/report.ts';
import { SEVERITY_WORDS, STATUS_SIGNS, STATUS_WORDS } from '../words.ts';
import { type Markup, markup, type Piece } from './markup.ts';
import { marker, seriesClass } from './svg/chart.ts';

/** A section of the page with its place in the navigation. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

export function status(value: GateStatus): Markup {
  return markup`<span class="status ${value}"><span aria-hidden="true">${STATUS_SIGNS[value]}</span> ${STATUS_WORDS[value]}</span>`;
}

export function severity(value: Severity): Markup {
  return markup`<span class="severity ${value}">${SEVERITY_WORDS[value]}</span>`;
}

export function evidence(value: Evidence | null): Markup | null {
  return value && markup`<span class="evidence">${value}</span>`;
}

/** A variant's name with the mark that stands for it in the charts. */
export function variantName(name: string, series: number): Markup {
  const mark = markup`<svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">${marker(series, 8, 8, 5)}</svg>`;
  return markup`<span class="variant ${seriesClass(series)}">${mark}${name}</span>`;
}

/** A column by its title; numbers stand to the right. */
export type Column = string | Markup | { readonly title: string | Markup; readonly numeric: true };

export function numeric(title: string | Markup): Column {
  return { title, numeric: true };
}

/** Rows of one table at most: a page that holds thousands of them is slow to open, and nobody reads them. All are in the JSON file. */
const MOST_ROWS = 200;

/**
 * A table that scrolls by itself where the page is narrow. `caption` names it for those who do not see the page. Rows beyond `most` are left out and
 * counted below.
 */
export function table(caption: string, columns: readonly Column[], all: readonly (readonly Piece[])[], most = MOST_ROWS): Markup {
  const rows = all.slice(0, most);
  const isNumeric = (column: Column | undefined) => typeof column === 'object' && 'numeric' in column;
  const titleOf = (column: Column) => (typeof column === 'object' && 'title' in column ? column.title : column);
  const kind = (i: number) => (isNumeric(columns[i]) ? 'number' : 'text');
  return markup`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table><caption>${caption}</caption>
<thead><tr>${columns.map((column, i) => markup`<th scope="col" class="${kind(i)}">${titleOf(column)}</th>`)}</tr></thead>
<tbody>${rows.map((row) => markup`<tr>${row.map((cell, i) => markup`<td class="${kind(i)}">${cell}</td>`)}</tr>
`)}</tbody></table></div>${all.length > rows.length && markup`<p>${quiet(`${all.length - rows.length} more rows are left to the JSON file.`)}</p>`}`;
}

/** A name from a model or a command, in the typewriter face; a dash where there is none. */
export function code(text: string | null): Piece {
  return text === null || text === '' ? '–' : markup`<code>${text}</code>`;
}

/** Folded away until asked for. */
export function details(summary: Piece, body: Piece, open = false): Markup {
  return markup`<details${open ? OPEN : null}><summary>${summary}</summary><div class="folded">${body}</div></details>`;
}

const OPEN = markup` open`;

/** Something that takes the width of the page and scrolls where it must. */
export function figure(body: Piece, caption: Piece): Markup {
  return markup`<figure class="wide">${scrolling(body)}<figcaption>${caption}</figcaption></figure>`;
}

/** A chart in a box that scrolls by itself. */
export function scrolling(body: Piece, label = 'chart'): Markup {
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${label}">${body}</div>`;
}

/** Names and values in a row that wraps. */
export function facts(pairs: readonly (readonly [name: string, value: Piece])[]): Markup {
  return markup`<dl class="facts">${pairs.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** Text in the background. */
export function quiet(...pieces: readonly Piece[]): Markup {
  return markup`<span class="quiet">${pieces}</span>`;
}

/** Sentences that a reader must not miss; nothing where there are none. */
export function warningList(texts: readonly Piece[]): Markup | null {
  return texts.length === 0 ? null : markup`<ul class="warnings">${texts.map((text) => markup`<li>${text}</li>`)}</ul>`;
}
