export interface Read {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Read[];
  text: string;
}

/** Reads XML 1.0 without DTD the strict way: throws at the first thing that is not well-formed. */
export function readXml(source: string): Read {
  const forbidden = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.exec(source);
  if (forbidden) throw new Error(`forbidden character U+${forbidden[0].charCodeAt(0).toString(16)}`);
  const body = source.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
  const root: Read = { name: '', attributes: {}, children: [], text: '' };
  const stack = [root];
  const pattern = /<\/([\w:-]+)>|<([\w:-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
  let at = 0;
  for (let match = pattern.exec(body); match; match = pattern.exec(body)) {
    at = pattern.lastIndex;
    const top = stack[stack.length - 1] as Read;
    const [, end, start, attributes, empty, text] = match;
    if (text !== undefined) top.text += decode(text);
    else if (end !== undefined) {
      if (top.name !== end) throw new Error(`</${end}> closes <${top.name}>`);
      stack.pop();
    } else {
      const pairs = [...(attributes ?? '').matchAll(/([\w:-]+)="([^"]*)"/g)].map(
        (m) => [m[1] as string, decode(m[2] as string)] as const,
      );
      if (new Set(pairs.map(([key]) => key)).size !== pairs.length) throw new Error('attribute twice');
      const child: Read = { name: start as string, attributes: Object.fromEntries(pairs), children: [], text: '' };
      top.children.push(child);
      if (empty === '') stack.push(child);
    }
  }
  if (at !== body.length || stack.length !== 1 || root.children.length !== 1)
    throw new Error(`not well-formed at ${at}: ${body.slice(at, at + 40)}`);
  return root.children[0] as Read;
}

function decode(text: string): string {
  if (/&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-f]+);)/i.test(text) || text.includes(']]>')) throw new Error(`bad reference in ${text}`);
  return text.replace(/&(?:#(\d+)|(\w+));/g, (_, code: string | undefined, name: string) =>
    code
      ? String.fromCodePoint(Number(code))
      : (({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" } as Record<string, string>)[name] as string),
  );
}
