import { UserError } from '../../../models/contracts/index.ts';

/** Parses JSON of which nothing gets lost: where a key stands twice in one object, others keep the last. Throws UserError. */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const special = /[:[,]\s*(-?(?:NaN|Infinity))\b/.exec(text);
    if (special)
      throw new UserError(
        `The file has ${special[1]} where a number should be.`,
        ['Calibrate again: the range of that tensor was never seen, or overflowed.'],
        { cause: error },
      );
    throw new UserError(`The file is no JSON: ${(error as Error).message}.`, ['Check that it is an encodings file, and complete.'], {
      cause: error,
    });
  }
  const twice = duplicateKey(text);
  if (twice !== null)
    throw new UserError(`"${twice}" stands twice in the same object.`, ['Export the encodings again, or take one of the two out.']);
  return value;
}

/** The first key that valid JSON has twice in one object; null where there is none. */
function duplicateKey(text: string): string | null {
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '{') open.push(new Set());
    else if (char === '[') open.push(null);
    else if (char === '}' || char === ']') open.pop();
    else if (char === '"') {
      const end = endOfString(text, at);
      const keys = open.at(-1);
      if (keys && isKey(text, end)) {
        const key = JSON.parse(text.slice(at, end)) as string;
        if (keys.has(key)) return key;
        keys.add(key);
      }
      at = end - 1;
    }
  }
  return null;
}

/** Position behind the closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function isKey(text: string, from: number): boolean {
  let at = from;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\t' || text[at] === '\r') at++;
  return text[at] === ':';
}
