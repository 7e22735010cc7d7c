import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rewritesPage } from './pages/rewrites-page.ts';
import { rulesPage } from './pages/rules-page.ts';

/** Pages that are made from the sources, by path from the repository's root. `npm run docs` writes them; a test holds them against this. */
export const PAGES: Readonly<Record<string, () => string>> = {
  'docs/rewrites.md': rewritesPage,
  'docs/rules.md': rulesPage,
};

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..');
  for (const [path, render] of Object.entries(PAGES)) writeFileSync(join(root, path), render());
}
