import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../converters/toolchain/environment.ts';

const VERSION = '4.47.0';

/** Whether a Selenium Grid can be had here: Java, and Maven or the jar that DYNO_SELENIUM_GRID_JAR names (with all that it needs). */
export const gridMissing = spawnSync('java', ['-version']).status !== 0 || (!process.env['DYNO_SELENIUM_GRID_JAR'] && spawnSync('mvn', ['-version']).status !== 0);

/** Class path of Selenium Grid, which Maven brings into the cache the first time (59 MB). */
export async function gridClassPath(): Promise<string> {
  const named = process.env['DYNO_SELENIUM_GRID_JAR'];
  if (named) return named;
  const folder = join(cacheFolder(), `selenium-grid-${VERSION}`);
  if (!existsSync(folder)) await download(folder);
  return join(folder, '*');
}

async function download(folder: string): Promise<void> {
  mkdirSync(cacheFolder(), { recursive: true });
  const work = mkdtempSync(`${folder}.`);
  try {
    writeFileSync(join(work, 'pom.xml'), `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>npu-dyno</groupId><artifactId>grid</artifactId><version>1</version>
<dependencies><dependency><groupId>org.seleniumhq.selenium</groupId><artifactId>selenium-grid</artifactId><version>${VERSION}</version></dependency></dependencies></project>\n`);
    const child = spawn('mvn', ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${join(work, 'lib')}`], { cwd: work, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => { said += text.toString(); });
    const code = await new Promise((resolve) => { child.once('close', resolve); });
    if (code !== 0) throw new Error(`Maven brought no Selenium Grid: ${said}`);
    renameSync(join(work, 'lib'), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
