import { parseBinaryPlist } from './binary-plist.ts';
import { isDict, type Plist, type PlistDict } from './plist-value.ts';

/** The XML form. Keys whose value is undefined are left out. */
export function encodePlist(value: Plist): Buffer {
  return Buffer.from(`${HEAD}<plist version="1.0">${element(value)}</plist>\n`);
}

/** Reads the XML form, or the binary one of macOS. Throws Error for what is none. */
export function parsePlist(bytes: Buffer): Plist {
  return bytes.toString('latin1', 0, 8) === 'bplist00' ? parseBinaryPlist(bytes) : new XmlReader(bytes.toString('utf8')).read();
}

/** A dictionary; throws Error for any other property list. */
export function parseDict(bytes: Buffer): PlistDict {
  const value = parsePlist(bytes);
  if (!isDict(value)) throw new Error('the property list is no dictionary');
  return value;
}

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n';

function element(value: Plist): string {
  if (typeof value === 'string') return `<string>${escaped(value)}</string>`;
  if (typeof value === 'boolean') return value ? '<true/>' : '<false/>';
  if (typeof value === 'bigint' || Number.isInteger(value)) return `<integer>${value}</integer>`;
  if (typeof value === 'number') return `<real>${value}</real>`;
  if (Buffer.isBuffer(value)) return `<data>${value.toString('base64')}</data>`;
  if (value instanceof Date) return `<date>${value.toISOString().replace(/\.\d+Z$/, 'Z')}</date>`;
  if (Array.isArray(value)) return `<array>${value.map(element).join('')}</array>`;
  const entries = Object.entries(value as { [key: string]: Plist | undefined });
  return `<dict>${entries.map(([key, each]) => (each === undefined ? '' : `<key>${escaped(key)}</key>${element(each)}`)).join('')}</dict>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    return hex === undefined ? (ENTITIES[name as string] ?? whole) : String.fromCodePoint(Number.parseInt(hex as string, 16));
  });
}

interface Tag {
  readonly name: string;
  readonly closes: boolean;
  readonly empty: boolean;
  readonly text: string;
}

/** Reads tag by tag. Elements have either text or children. */
class XmlReader {
  readonly #tags: Iterator<RegExpExecArray>;

  constructor(text: string) {
    this.#tags = text.replace(/<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!DOCTYPE[^>]*>/g, '').matchAll(/<(\/?)(\w+)[^>]*?(\/?)>([^<]*)/g);
  }

  read(): Plist {
    const root = this.#next();
    return this.#value(root.name === 'plist' ? this.#next() : root);
  }

  #next(): Tag {
    const { value, done } = this.#tags.next();
    if (done) throw new Error('the property list is cut short');
    const [, slash, name, empty, text] = value as RegExpExecArray;
    return { name: name as string, closes: slash === '/', empty: empty === '/', text: unescaped(text ?? '') };
  }

  #value({ name, empty, text, closes }: Tag): Plist {
    if (closes) throw new Error(`</${name}> closes nothing in the property list`);
    if (name === 'true' || name === 'false') {
      if (!empty) this.#next();
      return name === 'true';
    }
    if (name === 'array') return empty ? [] : this.#array();
    if (name === 'dict') return empty ? {} : this.#dict();
    if (!empty) this.#next();
    return leaf(name, empty ? '' : text);
  }

  #array(): Plist[] {
    const items: Plist[] = [];
    for (let tag = this.#next(); !(tag.closes && tag.name === 'array'); tag = this.#next()) items.push(this.#value(tag));
    return items;
  }

  #dict(): PlistDict {
    const entries: [string, Plist][] = [];
    for (let tag = this.#next(); !(tag.closes && tag.name === 'dict'); tag = this.#next()) {
      if (tag.name !== 'key') throw new Error(`<${tag.name}> stands where the property list needs a key`);
      if (!tag.empty) this.#next();
      entries.push([tag.empty ? '' : tag.text, this.#value(this.#next())]);
    }
    return Object.fromEntries(entries);
  }
}

function leaf(name: string, text: string): Plist {
  if (name === 'string' || name === 'key') return text;
  if (name === 'data') return Buffer.from(text, 'base64');
  if (name === 'date') return new Date(text);
  const value = Number(text);
  if (Number.isNaN(value) || !(name === 'integer' || name === 'real')) throw new Error(`<${name}>${text} is no part of a property list`);
  return name === 'integer' && !Number.isSafeInteger(value) ? BigInt(text.trim()) : value;
}
