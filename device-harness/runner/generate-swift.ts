import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MOST_PART_BYTES } from './contract/words.ts';
import { CONTRACT_TYPES } from './schemas.ts';
import { declarationsOf } from './swift/declarations.ts';
import { renderDeclaration } from './swift/render.ts';
import { RUNNER_BUNDLE_ID, RUNNER_VERSION } from './version.ts';
import { PROJECT, renderProject, renderScheme, renderXcodeGen } from './xcode/project.ts';

const APP = join(dirname(fileURLToPath(import.meta.url)), '../apps/iphone');

/** Files of the app that are made, by path from the folder `device-harness/apps/iphone`. A test holds them against this. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  'RunnerCore/Sources/RunnerCore/Contract.swift': contractSource,
  [`${PROJECT}/project.pbxproj`]: () => renderProject(appSources()),
  [`${PROJECT}/xcshareddata/xcschemes/Runner.xcscheme`]: renderScheme,
  'project.yml': renderXcodeGen,
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

function appSources(): string[] {
  return readdirSync(join(APP, 'Runner')).filter((name) => /\.(?:swift|metal)$/.test(name)).sort();
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const [path, render] of Object.entries(GENERATED)) {
    mkdirSync(dirname(join(APP, path)), { recursive: true });
    writeFileSync(join(APP, path), render());
  }
}
