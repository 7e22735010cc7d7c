import type { AdapterSpec } from '../adapter-spec.ts';
import { cAdapter } from './c.ts';
import { metalAdapter } from './metal.ts';
import { swiftAdapter } from './swift.ts';
import { typescriptAdapter } from './typescript.ts';

export type AdapterLanguage = 'typescript' | 'swift' | 'metal' | 'c';

const GENERATORS: Readonly<Record<AdapterLanguage, (spec: AdapterSpec) => string>> = {
  typescript: typescriptAdapter,
  swift: swiftAdapter,
  metal: metalAdapter,
  c: cAdapter,
};

/**
 * Reference code for an adapter: one function (Metal: one kernel) per input and output that changes, without dependencies. Throws UserError
 * where layers were cut away that have no form as steps.
 */
export function generateAdapter(spec: AdapterSpec, language: AdapterLanguage): string {
  return GENERATORS[language](spec);
}
