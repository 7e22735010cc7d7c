import { replaceForbidden } from '../clean-text.ts';

/** A piece of HTML or SVG that is safe to put into a page. Only `markup` makes one. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Piece = Markup | string | number | null | false | readonly Piece[];

/** Template tag: everything put in is escaped unless it is markup already; lists are joined; null and false vanish. */
export function markup(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return new Markup(strings.reduce((text, literal, i) => text + literal + (i < pieces.length ? toText(pieces[i] as Piece) : ''), ''));
}

function toText(piece: Piece): string {
  if (piece === null || piece === false) return '';
  if (piece instanceof Markup) return piece.text;
  if (Array.isArray(piece)) return piece.map(toText).join('');
  return escapeText(String(piece));
}

/** Text for element content and quoted attributes; control characters, which HTML and XML do not allow, become replacement characters. */
function escapeText(text: string): string {
  return replaceForbidden(text).replace(/[&<>"']/g, (c) => ESCAPES[c] as string);
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** JSON for a script element: no `<` that could end it, no line separators that break old parsers. */
export function scriptJson(value: unknown): Markup {
  const json = JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return new Markup(json);
}
