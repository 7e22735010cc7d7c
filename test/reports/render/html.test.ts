import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Markup, markup, scriptJson } from '../../../reports/render/html/markup.ts';
import { SCRIPT } from '../../../reports/render/html/script.ts';
import { renderHtml } from '../../../reports/render/index.ts';
import { largeReport } from '../../support/large-report.ts';
import { fixture } from '../../support/paths.ts';
import { emptyReport, hostileReport, sample } from './hostile.ts';

const picture = (path: string): Uint8Array | null => (existsSync(fixture('report', path)) ? readFileSync(fixture('report', path)) : null);
const html = renderHtml(sample, picture);

interface Tag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Start tags outside of script and style, read the way a browser's tokenizer does for well-formed markup; anything else throws. */
function tagsOf(page: string): Tag[] {
  const tags: Tag[] = [];
  const pattern = /<!doctype html>|<\/[a-z0-9]+>|<([a-z][a-zA-Z0-9]*)((?:\s+[a-zA-Z][a-zA-Z0-9-]*(?:="[^"<>]*")?)*)\s*\/?>|[^<]+/gy;
  let at = 0;
  for (let match = pattern.exec(page); match; match = pattern.exec(page)) {
    const [, name, attributes] = match;
    if (name !== undefined)
      tags.push({
        name,
        attributes: Object.fromEntries(
          [...(attributes ?? '').matchAll(/([a-zA-Z][a-zA-Z0-9-]*)(?:="([^"]*)")?/g)].map((m) => [m[1] as string, m[2] ?? '']),
        ),
      });
    if (name === 'script' || name === 'style') pattern.lastIndex = page.indexOf(`</${name}>`, pattern.lastIndex);
    at = pattern.lastIndex;
  }
  if (at !== page.length) throw new Error(`not well-formed at ${at}: ${page.slice(at, at + 80)}`);
  return tags;
}

/** Elements that have no end tag. */
const VOID = new Set(['meta', 'br', 'img']);
/** Elements that a paragraph cannot hold: a browser would end it before them. */
const BLOCKS = new Set(['p', 'div', 'ul', 'dl', 'table', 'details', 'figure', 'section', 'pre', 'h1', 'h2', 'h3', 'header', 'footer', 'nav', 'main']);

/** What is wrong with how elements are nested: ends that fit no start, and blocks in paragraphs. */
function nestingFaults(page: string): string[] {
  const faults: string[] = [];
  const open: string[] = [];
  const text = page.replace(/<(script|style)([^>]*)>[\s\S]*?<\/\1>/g, '');
  for (const [tag, end, name, rest] of text.matchAll(/<(\/?)([a-zA-Z][a-zA-Z0-9]*)([^>]*)>/g) as IterableIterator<[string, string, string, string]>) {
    if (end) {
      if (open.pop() !== name) faults.push(`${tag} ends another element`);
    } else {
      if (BLOCKS.has(name) && open.includes('p')) faults.push(`${tag} in a paragraph`);
      if (!VOID.has(name) && !rest.endsWith('/')) open.push(name);
    }
  }
  return [...faults, ...open.map((name) => `${name} does not end`)];
}

function contentOf(page: string, name: 'script' | 'style'): string {
  const start = page.lastIndexOf(`<${name}>`) + name.length + 2;
  return page.slice(start, page.indexOf(`</${name}>`, start));
}

const ALLOWED = new Set([
  'html',
  'head',
  'meta',
  'title',
  'style',
  'body',
  'header',
  'p',
  'h1',
  'h2',
  'h3',
  'div',
  'span',
  'strong',
  'nav',
  'ul',
  'li',
  'a',
  'main',
  'section',
  'table',
  'caption',
  'thead',
  'tbody',
  'tr',
  'th',
  'td',
  'details',
  'summary',
  'figure',
  'figcaption',
  'code',
  'pre',
  'dl',
  'dt',
  'dd',
  'br',
  'small',
  'img',
  'footer',
  'script',
  'svg',
  'desc',
  'g',
  'line',
  'circle',
  'rect',
  'polygon',
  'polyline',
  'path',
  'text',
]);

describe.each([
  ['the sample', html],
  ['hostile names', renderHtml(hostileReport(), picture)],
  ['nothing measured', renderHtml(emptyReport)],
  ['a large run', renderHtml(largeReport({ measurements: 70, nodes: 60, samples: 30 }))],
])('the page of %s', (_, page) => {
  const tags = tagsOf(page);

  test('is made of our own elements only, with no handlers, no style attributes and no outside resource', () => {
    for (const { name, attributes } of tags) {
      expect(ALLOWED.has(name), name).toBe(true);
      for (const [key, value] of Object.entries(attributes)) {
        expect(key).not.toMatch(/^on|^style$|^srcset$|^formaction$/i);
        if (key === 'src') expect(value).toMatch(/^data:image\/png;base64,/);
        if (key === 'href') expect(value).toMatch(/^(#[a-z-]+$|https?:\/\/)/);
      }
    }
    expect(tags.filter((tag) => tag.name === 'script')).toHaveLength(2);
    expect(page).not.toMatch(/url\(|@import|<link|<iframe|<base/);
  });

  test('its elements are nested as HTML asks', () => expect(nestingFaults(page)).toEqual([]));

  test('has a policy that names exactly its script and style', () => {
    const policy = tags.find((tag) => tag.attributes['http-equiv'] === 'Content-Security-Policy')?.attributes['content'] ?? '';
    const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`script-src ${hash(contentOf(page, 'script'))}`);
    expect(policy).toContain(`style-src ${hash(contentOf(page, 'style'))}`);
    expect(policy).not.toContain('unsafe');
  });

  test('holds no escape or control character, and ids once only', () => {
    expect(page).not.toMatch(/[^\P{Cc}\t\n\r]/u);
    const ids = tags.flatMap((tag) => (tag.attributes['id'] === undefined ? [] : [tag.attributes['id']]));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('names its pictures for those who do not see them', () => {
    for (const { name, attributes } of tags) {
      if (name === 'img') expect(attributes['alt']).toBeTruthy();
      if (name === 'svg')
        expect(attributes['aria-hidden'] === 'true' || (attributes['role'] === 'img' && attributes['aria-labelledby'])).toBeTruthy();
    }
  });

  test('carries the report, to be read back unchanged', () => {
    const start = page.indexOf('id="report-data">') + 'id="report-data">'.length;
    const data = JSON.parse(page.slice(start, page.indexOf('</script>', start))) as { run: { id: string } };
    expect(data).toHaveProperty('schemaVersion');
  });
});

test('the data in the page is the report', () => {
  const start = html.indexOf('id="report-data">') + 'id="report-data">'.length;
  expect(JSON.parse(html.slice(start, html.indexOf('</script>', start)))).toEqual(sample);
});

test('sections come in the order in which readers ask', () => {
  const ids = tagsOf(html).filter((tag) => tag.name === 'section').map((tag) => tag.attributes['id']);
  expect(ids).toEqual(['gates', 'latency', 'findings', 'rewrites', 'quality', 'trade-off', 'blocks', 'environment']);
  const links = tagsOf(html)
    .filter((tag) => tag.name === 'a' && tag.attributes['href']?.startsWith('#') && tag.attributes['href'] !== '#content')
    .map((tag) => tag.attributes['href']?.slice(1));
  expect(links).toEqual(ids);
});

test('what a reader looks for stands in the page without script', () => {
  const text = html
    .slice(0, html.indexOf('id="report-data"'))
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
  for (const gate of sample.gates) expect(text).toContain(gate.title.replace(/'/g, '&#39;'));
  for (const cause of sample.checks.flatMap((check) => check.causes)) expect(text).toContain(cause.title);
  for (const variant of sample.variants) expect(text).toContain(variant.sha256.slice(0, 12));
  expect(text).toContain(sample.verdict.sentence);
  expect(text).toContain(sample.run.command);
  expect(text).toContain('measured(host)');
  expect(text).toContain('levels off');
});

test('equal pixels are shown once, and a page without pictures says nothing of them', () => {
  const [crop] = sample.crops;
  const distinct = new Set(crop?.views.map((view) => view.picture.sha256)).size;
  const figure = html.slice(html.indexOf('<figure class="crop">'), html.indexOf('</figure>', html.indexOf('<figure class="crop">')));
  expect([...figure.matchAll(/class="picture"/g)]).toHaveLength(distinct);
  expect(renderHtml(sample)).not.toContain('class="crop"');
});

test('escaping', () => {
  expect(markup`<p title="${'"<&\u0001'}">${['a', new Markup('<br>'), null, false, 0]}</p>`.text).toBe(
    '<p title="&quot;&lt;&amp;\ufffd">a<br>0</p>',
  );
  expect(scriptJson({ a: '</script>\u2028' }).text).toBe('{"a":"\\u003c/script\\u003e\\u2028"}');
});

test('the script is small, parses, and never turns text into markup', () => {
  expect(Buffer.byteLength(SCRIPT)).toBeLessThan(16_000);
  expect(() => new Function(SCRIPT)).not.toThrow();
  expect(SCRIPT).not.toMatch(/innerHTML|outerHTML|insertAdjacent|document\.write|eval|fetch|XMLHttp|import\(/);
});

test('faults of nesting are seen', () => {
  expect(nestingFaults('<p>a<div>b</div></p>')).toEqual(['<div> in a paragraph']);
  expect(nestingFaults('<ul><li>a</ul></li>')).toHaveLength(2);
  expect(nestingFaults('<main><br><g/>')).toEqual(['main does not end']);
});
