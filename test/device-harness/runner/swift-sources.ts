import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Language, type Node, Parser } from 'web-tree-sitter';
import { repoRoot } from '../../support/paths.ts';

export const APP = join(repoRoot, 'device-harness/apps/iphone');

/** Files below the app's folder with an ending, as paths from it. */
export function appFiles(ending: string): string[] {
  return readdirSync(APP, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ending) && !name.includes('.build/')).sort();
}

/** Places that a grammar cannot read: line and text. */
export type SyntaxErrorsOf = (text: string) => string[];

export async function swiftParser(): Promise<SyntaxErrorsOf> {
  const parse = await parserOf('swift');
  return (text) => parse(plainSwift(text));
}

export async function metalParser(): Promise<SyntaxErrorsOf> {
  const parse = await parserOf('cpp');
  return (text) => parse(text.replaceAll(/\b(?:device|constant|kernel) /g, '').replaceAll(/ \[\[[a-z_]+(?:\(\d+\))?\]\]/g, ''));
}

/** What the grammar as WebAssembly does not know: conditions of compilation, of which both branches are read, and `#available`. */
function plainSwift(text: string): string {
  return text.replaceAll(/^#(?:if|else|endif).*$/gm, '').replaceAll(/#available\([^)]*\)/g, 'true');
}

async function parserOf(language: 'swift' | 'cpp'): Promise<SyntaxErrorsOf> {
  await Parser.init();
  const path = createRequire(import.meta.url).resolve(`@repomix/tree-sitter-wasms/out/tree-sitter-${language}.wasm`);
  const parser = new Parser();
  parser.setLanguage(await Language.load(readFileSync(path)));
  return (text) => {
    const tree = parser.parse(text);
    return tree ? errorsIn(tree.rootNode) : ['nothing could be read'];
  };
}

function errorsIn(node: Node): string[] {
  if (node.isError || node.isMissing) return [`${node.startPosition.row + 1}: ${node.text.slice(0, 60)}`];
  return node.hasError ? node.children.flatMap((child) => (child ? errorsIn(child) : [])) : [];
}
