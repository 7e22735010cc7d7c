import { readFileSync } from 'node:fs';
import { fixture } from '../../../support/paths.ts';

/** Names of the witness packages by what their weights are. */
export function witnesses(): { readonly fp32: string[]; readonly fp16: string[]; readonly compressed: string[] } {
  const index = Object.entries(JSON.parse(readFileSync(fixture('coreml-witnesses', 'index.json'), 'utf8')) as Record<string, string>);
  const named = (wanted: (note: string) => boolean): string[] => index.filter(([, note]) => wanted(note)).map(([name]) => name);
  return {
    fp32: named((note) => note.startsWith('fp32')),
    fp16: named((note) => /(^|, )fp16/.test(note)),
    compressed: named((note) => /^(int8|4-bit|half)/.test(note)),
  };
}
