import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MOST_PART_BYTES } from './contract/words.ts';
import { CONTRACT_TYPES } from './schemas.ts';
import { declarationsOf } from './swift/declarations.ts';
import { renderDeclaration } from './swift/render.ts';
import { RUNNER_BUNDLE_ID, RUNNER_VERSION } from './version.ts';

/** Files of the app that are made from the contract, by path from the folder `device-harness/apps/iphone`. A test holds them against this. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  'RunnerCore/Sources/RunnerCore/Contract.swift': contractSource,
};

/** The contract's types in Swift. */
function contractSource(): string {
  return [
    '// Made by device-harness/runner/generate-swift.ts from the schemas in device-harness/runner/contract, which say what each field means.',
    'import Foundation\n',
    `public let runnerVersion = "${RUNNER_VERSION}"`,
    `public let runnerBundleId = "${RUNNER_BUNDLE_ID}"`,
    `public let mostPartBytes = ${MOST_PART_BYTES}\n`,
    ...declarationsOf(CONTRACT_TYPES).map(renderDeclaration),
  ].join('\n');
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const app = join(dirname(fileURLToPath(import.meta.url)), '../apps/iphone');
  for (const [path, render] of Object.entries(GENERATED)) {
    mkdirSync(dirname(join(app, path)), { recursive: true });
    writeFileSync(join(app, path), render());
  }
}
