/** A table; cells may hold any text. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** A text in lines of its own, shown as it is. */
export function verbatim(text: string): string {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``;
}

/** A link to the section of an id, on this page or another one. */
export function linkTo(id: string, page = ''): string {
  return `[${code(id)}](${page}#${anchor(id)})`;
}

/** Anchor that GitHub gives to a heading that is nothing but an id. */
function anchor(id: string): string {
  return id.toLowerCase().replace(/[^\w-]/g, '');
}

/** The line that says where a page comes from. */
export const GENERATED = '<!-- Made by `npm run docs` from the sources; edit those. -->';
