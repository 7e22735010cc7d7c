import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repoRoot } from '../../../support/paths.ts';
import { bundleArchive } from './bundle-archive.ts';
import { CONTRACT_EXAMPLES } from './contract-examples.ts';
import { hashCases } from './hash-cases.ts';
import { methodCases } from './method-cases.ts';
import { halfCases, pixelCases } from './pixel-cases.ts';

/** Where the Swift tests read them. */
export const GOLDEN_FOLDER = join(repoRoot, 'device-harness/apps/iphone/RunnerCore/Tests/RunnerCoreTests/Fixtures');

/** A bundle for the runner to take apart; results that the runner packed, and those of a whole batch, which Swift's BundleTests write for this side to read. */
export const [BUNDLE, SWIFT_RESULTS, SWIFT_RUN] = ['bundle.tar', 'swift-results.tar.gz', 'swift-run.tar.gz'].map((name) => join(GOLDEN_FOLDER, name)) as [string, string, string];

/** Every golden text by name. */
export function goldenFiles(): Map<string, string> {
  const examples = [...CONTRACT_EXAMPLES].map(([name, content]) => [`contract/${name}.json`, content] as const);
  const cases = [['method.json', methodCases()], ['pixels.json', pixelCases()], ['half.json', halfCases()], ['hashes.json', hashCases()]] as const;
  return new Map([...examples.map(([name, content]) => [name, `${JSON.stringify(content, null, 1)}\n`] as const), ...cases.map(([name, content]) => [name, `${JSON.stringify(content)}\n`] as const)]);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  rmSync(join(GOLDEN_FOLDER, 'contract'), { recursive: true, force: true });
  mkdirSync(join(GOLDEN_FOLDER, 'contract'), { recursive: true });
  for (const [name, text] of goldenFiles()) writeFileSync(join(GOLDEN_FOLDER, name), text);
  writeFileSync(BUNDLE, await bundleArchive());
}
