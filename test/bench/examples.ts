/**
 * Makes the tables of examples/NAME/README.md anew: runs the sweep of each example and puts its table between the markers.
 *
 *   npx tsx test/bench/examples.ts [NAME…]      all of them unless told; what is finished is kept in .dyno/sweeps
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repoRoot } from '../support/paths.ts';

const BEGIN = '<!-- begin table -->';
const END = '<!-- end table -->';

const examples = join(repoRoot, 'examples');
const names = readdirSync(examples).filter((name) => existsSync(join(examples, name, 'sweep.json')));
const asked = process.argv.slice(2);
for (const name of asked.length > 0 ? asked : names) {
  const readme = join(examples, name, 'README.md');
  const [before, rest] = readFileSync(readme, 'utf8').split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${readme} has no place for a table: ${BEGIN} … ${END}`);
  writeFileSync(readme, `${before}${BEGIN}\n\n${tableOf(name)}\n${END}${after}`);
}

/** The table as Markdown. Throws with what dyno said. */
function tableOf(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-example-'));
  try {
    const args = [join(repoRoot, 'cli/bin.ts'), 'sweep', join('examples', name, 'sweep.json'), '--output', `md=${join(folder, 'table.md')}`];
    const { status } = spawnSync(process.execPath, ['--import', join(repoRoot, 'node_modules/tsx/dist/esm/index.mjs'), ...args], { cwd: repoRoot, stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error(`dyno sweep of ${name} ended with ${status}.`);
    return readFileSync(join(folder, 'table.md'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
