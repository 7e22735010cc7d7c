import { compareVersions } from '../../../../converters/qnn/sdk.ts';

/** One documented flag. The first name is the key; `values` says how many words follow. */
export interface Flag {
  readonly names: readonly string[];
  readonly values: 0 | 1 | 2 | 'optional' | 'some' | 'any';
  readonly choices?: readonly string[];
  /** SDK versions that have it: from `since` on, before `until`. */
  readonly since?: string;
  readonly until?: string;
  readonly required?: boolean;
}

/** What was passed: for each key the words of each time that it stood there. */
export type Arguments = ReadonlyMap<string, readonly (readonly string[])[]>;

/** A mistake in the command line; the tool says so and ends with 2, as argparse does. */
export class UsageMistake extends Error {}

/** Reads a command line against the flags that this version documents. Throws UsageMistake. */
export function parseArguments(flags: readonly Flag[], version: string, args: readonly string[]): Arguments {
  const known = flags.filter((flag) => isIn(flag, version));
  const found = new Map<string, string[][]>();
  const words = args.flatMap((word) => (/^--[^=\s]+=/.test(word) ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] : [word]));
  for (let at = 0; at < words.length; ) {
    const word = words[at++] as string;
    const flag = known.find(({ names }) => names.includes(word));
    if (!flag) throw new UsageMistake(`unrecognized arguments: ${word}`);
    const values: string[] = [];
    while (at < words.length && takesMore(flag, values.length) && !isFlag(words[at] as string, known)) values.push(words[at++] as string);
    checkCount(flag, values);
    const key = flag.names[0] as string;
    found.set(key, [...(found.get(key) ?? []), values]);
  }
  const missing = known.filter(({ names, required }) => required && !found.has(names[0] as string));
  if (missing.length > 0) throw new UsageMistake(`the following arguments are required: ${missing.map(({ names }) => names.join('/')).join(', ')}`);
  return found;
}

/** What `--help` prints. */
export function usageText(tool: string, flags: readonly Flag[], version: string): string {
  const lines = flags.filter((flag) => isIn(flag, version)).map(({ names, values }) => `  ${names.join(', ')}${values === 0 ? '' : ` ${(names[0] as string).replace(/^-+/, '').toUpperCase()}`}`);
  return [`usage: ${tool} [-h] …`, '', 'optional arguments:', '  -h, --help            show this help message and exit', ...lines].join('\n');
}

/** The single value of a flag; null where it was not passed. */
export function oneValue(args: Arguments, key: string): string | null {
  return args.get(key)?.at(-1)?.[0] ?? null;
}

function isIn({ since, until }: Flag, version: string): boolean {
  return (since === undefined || compareVersions(version, since) >= 0) && (until === undefined || compareVersions(version, until) < 0);
}

function takesMore({ values }: Flag, count: number): boolean {
  return values === 'optional' ? count < 1 : typeof values === 'number' ? count < values : true;
}

function isFlag(word: string, known: readonly Flag[]): boolean {
  return known.some(({ names }) => names.includes(word)) || /^--[a-z]/.test(word);
}

function checkCount({ names, values, choices }: Flag, given: readonly string[]): void {
  const name = names.join('/');
  if (typeof values === 'number' && given.length < values) throw new UsageMistake(`argument ${name}: expected ${values === 1 ? 'one argument' : `${values} arguments`}`);
  if (values === 'some' && given.length === 0) throw new UsageMistake(`argument ${name}: expected at least one argument`);
  const odd = given.find((value) => choices && !choices.includes(value));
  if (odd !== undefined) throw new UsageMistake(`argument ${name}: invalid choice: '${odd}' (choose from ${choices?.map((choice) => `'${choice}'`).join(', ')})`);
}
