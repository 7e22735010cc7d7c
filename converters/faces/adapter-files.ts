import { UserError } from '../../models/contracts/index.ts';
import type { AdapterSpec } from './adapter-spec.ts';
import { type AdapterLanguage, generateAdapter } from './codegen/index.ts';

/** A form that an adapter can be written in: code, or the specification itself. */
export type AdapterForm = AdapterLanguage | 'json';

const FORMS: Readonly<Record<string, AdapterForm>> = {
  ts: 'typescript',
  typescript: 'typescript',
  swift: 'swift',
  metal: 'metal',
  c: 'c',
  json: 'json',
};

/** Reads `--adapter ts=prepare.ts,c=prepare.c,json=adapter.json`. Throws UserError naming the form. */
export function parseAdapterFiles(text: string): { readonly form: AdapterForm; readonly path: string }[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      const form = FORMS[part.slice(0, at).toLowerCase()];
      const path = part.slice(at + 1);
      if (at < 1 || !form || path === '')
        throw new UserError(`"${part}" is no adapter file.`, [
          'Write --adapter ts=FILE,swift=FILE,metal=FILE,c=FILE,json=FILE, any of them.',
        ]);
      return { form, path };
    });
}

/**
 * The text of an adapter in one form. Throws UserError where layers were cut away that have no form as steps; `json` names them instead.
 */
export function adapterText(spec: AdapterSpec, form: AdapterForm): string {
  return form === 'json' ? `${JSON.stringify(spec, null, 2)}\n` : generateAdapter(spec, form);
}
