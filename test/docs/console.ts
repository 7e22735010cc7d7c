/** A command of a console block and the output that is shown for it. */
export interface Shown {
  readonly command: string;
  readonly output: readonly string[];
}

/** Contents of the fenced blocks of one language, in order. */
export function fences(markdown: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return [...markdown.matchAll(fence)].map((match) => match[1] as string);
}

/** The commands of console blocks: lines that begin with `$ `, each with the lines up to the next one. */
export function commandsOf(blocks: readonly string[]): Shown[] {
  const found: { command: string; output: string[] }[] = [];
  for (const line of blocks.flatMap((block) => block.trimEnd().split('\n'))) {
    if (line.startsWith('$ ')) found.push({ command: line.slice(2), output: [] });
    else if (found.length > 0) found.at(-1)?.output.push(line);
    else throw new Error(`Output before any command: ${line}`);
  }
  return found;
}

/** Words of a command line; quotes keep blanks together. */
export function words(command: string): string[] {
  return [...command.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replace(/["']/g, ''));
}

/**
 * Whether an output is what a page shows: line by line, where a line `…` stands for any lines, none included. Measured rounding errors (`1.4e-6`)
 * depend on the processor, and times on everything: any figure is as good as another.
 */
export function isShown(shown: readonly string[], actual: readonly string[]): boolean {
  const [line, ...rest] = shown;
  if (line === undefined) return actual.length === 0;
  if (line.trim() === '…') return actual.some((_, skipped) => isShown(rest, actual.slice(skipped))) || isShown(rest, []);
  return actual[0] !== undefined && blur(line) === blur(actual[0]) && isShown(rest, actual.slice(1));
}

function blur(line: string): string {
  return line.replace(/\d+(?:\.\d+)?e-\d+/g, '<error>').replace(/<time>|\b\d+(?:\.\d+)? m?s\b|\b\d+ min \d+ s\b/g, '<time>');
}
