import { createHash } from 'node:crypto';
import { Markup, markup, type Piece, scriptJson } from './markup.ts';
import type { Section } from './parts.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

export interface Page {
  readonly title: string;
  /** Version of dyno that wrote it. */
  readonly dyno: string;
  readonly header: Markup;
  readonly sections: readonly Section[];
  readonly footer: Piece;
  /** Goes along as JSON. */
  readonly data: unknown;
}

/**
 * A self-contained page: tables and SVG that stand without script, a script that adds comparison and sorting. Its content policy allows nothing from
 * outside and no script or style but these, by hash.
 */
export function htmlPage({ title, dyno, header, sections, footer, data }: Page): string {
  const body = markup`<a class="skip" href="#content">To the content</a>
${header}
<nav aria-label="Sections"><ul>${sections.map(({ id, title: name }) => markup`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
<main id="content">
${sections.map(({ id, title: name, body: content }) => markup`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${name}</h2>
${content}</section>
`)}</main>
<footer><span>${footer}</span></footer>`;
  return htmlDocument({ title, dyno, style: STYLE, script: SCRIPT, body, data: { id: 'report-data', value: data } });
}

export interface HtmlDocument {
  readonly title: string;
  /** Version of dyno that wrote it. */
  readonly dyno: string;
  readonly style: string;
  /** Null: none runs, and pictures as data are not allowed either. */
  readonly script: string | null;
  readonly body: Markup;
  /** Goes along as JSON, in an element of that id. */
  readonly data: { readonly id: string; readonly value: unknown };
}

/** What stands around every page: its content policy allows nothing from outside, and no style or script but these, by hash. */
export function htmlDocument({ title, dyno, style, script, body, data }: HtmlDocument): string {
  const policy = [
    "default-src 'none'", ...(script === null ? [] : ['img-src data:']), `style-src '${sha256(style)}'`, ...(script === null ? [] : [`script-src '${sha256(script)}'`]),
    "base-uri 'none'", "form-action 'none'",
  ].join('; ');
  return `<!doctype html>\n${markup`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="npu-dyno ${dyno}">
<title>${title} · npu-dyno</title>
<style>${new Markup(style)}</style>
</head>
<body>
${body}
<script type="application/json" id="${data.id}">${scriptJson(data.value)}</script>
${script !== null && markup`<script>${new Markup(script)}</script>
`}</body>
</html>`.text}\n`;
}

function sha256(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
