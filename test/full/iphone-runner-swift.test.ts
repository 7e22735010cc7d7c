import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repoRoot } from '../support/paths.ts';
import { APP, appFiles } from '../device-harness/runner/swift-sources.ts';

const DECLARATIONS = 'test/device-harness/runner/apple-declarations';
/** Each after those that it imports. */
const MODULES = ['CoreVideo', 'CoreML', 'Metal', 'CoreGraphics', 'ImageIO', 'Darwin', 'UIKit', 'Combine', 'SwiftUI'];

const there = spawnSync('swift', ['--version'], { encoding: 'utf8' }).status === 0;

describe.skipIf(!there)('with a Swift toolchain (skipped where there is no `swift` on the path: docs/iphone-runner.md tells how to get one)', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'dyno-swift-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('RunnerCore builds without a warning and its tests pass', () => {
    const { status, output } = run('swift', ['test', '--package-path', join(APP, 'RunnerCore'), '--scratch-path', join(folder, 'build')]);
    expect(status, output).toBe(0);
    expect(output).not.toMatch(/warning:/);
    expect(output).toMatch(/Executed \d{2,} tests, with 0 failures/);
  });

  it.skipIf(process.platform !== 'linux')('the app agrees in types with stand-ins of Apple\'s declarations, which are from memory and documentation', () => {
    for (const module of MODULES) compile(['-emit-module', '-module-name', module, '-o', join(folder, `${module}.swiftmodule`), join(DECLARATIONS, `${module}.swift`)]);
    compile(['-emit-module', '-module-name', 'RunnerCore', '-o', join(folder, 'RunnerCore.swiftmodule'), ...sources('RunnerCore/Sources/')]);
    expect(compile(['-typecheck', '-module-name', 'Runner', ...sources('Runner/')])).not.toMatch(/warning:/);
  });

  function compile(args: readonly string[]): string {
    const { status, output } = run('swiftc', ['-swift-version', '5', '-parse-as-library', '-I', folder, ...args]);
    expect(status, output).toBe(0);
    return output;
  }
});

function sources(prefix: string): string[] {
  return appFiles('.swift').filter((path) => path.startsWith(prefix)).map((path) => join(APP, path));
}

function run(command: string, args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: repoRoot, encoding: 'utf8', maxBuffer: 1 << 26 });
  return { status, output: `${stdout}${stderr}` };
}
