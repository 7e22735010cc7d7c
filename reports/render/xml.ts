import { cleanText } from './clean-text.ts';

export type XmlChild = string | XmlElement;

/** An element with its attributes and children; text is escaped when written. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children: readonly XmlChild[];
}

export function element(name: string, attributes: XmlElement['attributes'], ...children: readonly XmlChild[]): XmlElement {
  return { name, attributes, children };
}

/** A document of one root element. */
export function writeXml(root: XmlElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${write(root, '')}\n`;
}

function write({ name, attributes, children }: XmlElement, indent: string): string {
  const head = `${indent}<${name}${Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`).join('')}`;
  if (children.length === 0) return `${head}/>`;
  if (children.every((child) => typeof child === 'string'))
    return `${head}>${children.map((child) => escapeXml(child as string)).join('')}</${name}>`;
  const inner = children.map((child) => (typeof child === 'string' ? `${indent}  ${escapeXml(child)}` : write(child, `${indent}  `)));
  return `${head}>\n${inner.join('\n')}\n${indent}</${name}>`;
}

function escapeXml(text: string): string {
  return cleanText(text).replace(/[&<>"\n\r\t]/g, (c) => ESCAPES[c] as string);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};
