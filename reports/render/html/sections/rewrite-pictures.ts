import type { ReportRewriteRecord } from '../../../model/report.ts';
import { FAMILIES, FAMILY_WORDS, familyOf } from '../../operator-family.ts';
import { placeText } from '../../terminal/graph-text.ts';
import { count } from '../../words.ts';
import { type Markup, markup, type Piece } from '../markup.ts';
import { code, details, quiet, scrolling } from '../parts.ts';
import { graphDrawing } from '../svg/graph-drawing.ts';

type Drawn = ReportRewriteRecord & { readonly picture: NonNullable<ReportRewriteRecord['picture']> };

/** Drawings of one log: of each rewrite a few, since its places resemble one another. */
const [MOST_EACH, MOST] = [2, 24];
/** Letters a line of the text beside the drawing. */
const TEXT_COLUMNS = 118;

/** The graph around what fired, before and after, folded. `id` is unique in the page; `drawn` holds the pictures that stand in it already and takes up these. */
export function rewritePictures(records: readonly ReportRewriteRecord[], id: string, drawn: Set<string>): Markup | null {
  const all = records.filter((record): record is Drawn => record.picture !== undefined);
  const chosen = all.filter((record, i) => all.slice(0, i).filter(({ rewrite }) => rewrite === record.rewrite).length < MOST_EACH).slice(0, MOST);
  const shown = chosen.filter((record) => !drawn.has(keyOf(record)));
  for (const record of shown) drawn.add(keyOf(record));
  if (chosen.length === 0) return null;
  if (shown.length === 0) return markup`<p>${quiet('The graphs around them are those drawn above.')}</p>`;
  const left = records.length - shown.length;
  return details(
    [`Graph before and after, ${count(shown.length, 'place')} `, left > 0 && quiet(`${left} more fired: alike, or drawn above`)],
    [legend(shown), shown.map((record, i) => place(record, `${id}-${i}`))],
  );
}

function keyOf({ rewrite, picture }: Drawn): string {
  return JSON.stringify([rewrite, picture]);
}

function place({ rewrite, nodes, scope, picture }: Drawn, id: string): Markup {
  const where = scope ?? nodes[0] ?? '';
  const { before, after } = picture;
  return markup`<figure class="rewritten"><figcaption>${code(rewrite)} ${quiet(where)}</figcaption>
<div class="sides">${side('Before', `${id}-b`, rewrite, where, before, '−')}${side('After', `${id}-a`, rewrite, where, after, '+')}</div>
${details('As text', scrolling(markup`<pre>${placeText(picture, TEXT_COLUMNS).join('\n')}</pre>`))}</figure>`;
}

function side(title: string, id: string, rewrite: string, where: string, picture: Drawn['picture']['before'], sign: '−' | '+'): Markup {
  const changed = picture.nodes.filter((node) => node.changed).length;
  const text = { id, title: `${title} ${rewrite} at ${where}`, description: picture.nodes.map(({ opType, changed: own }) => `${own ? `${sign} ` : ''}${opType}`).join(', ') };
  const caption: Piece = [markup`<strong>${title}</strong> `, quiet(sign === '−' ? `${count(changed, 'node')} ${changed === 1 ? 'goes' : 'go'}` : `${count(changed, 'node')} new`, picture.omitted > 0 && `, ${count(picture.omitted, 'node')} not drawn`)];
  return markup`<div><p>${caption}</p>${scrolling(graphDrawing(text, picture, sign))}</div>`;
}

function legend(shown: readonly Drawn[]): Markup {
  const present = new Set(shown.flatMap(({ picture: { before, after } }) => [...before.nodes, ...after.nodes]).map(({ opType }) => familyOf(opType)));
  return markup`<p class="legend quiet">${FAMILIES.filter((family) => present.has(family)).map((family) => markup`<span class="key ${family}"><span class="swatch" aria-hidden="true"></span>${FAMILY_WORDS[family]}</span>`)}
<span class="key">− goes, + is new: thick frame; dashed: a neighbour that stays</span></p>`;
}
