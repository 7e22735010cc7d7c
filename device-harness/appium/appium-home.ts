import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DriverPackages, packageFolder } from './driver-packages.ts';

export type DriverName = 'uiautomator2' | 'xcuitest';

const PACKAGES: Readonly<Record<DriverName, string>> = { uiautomator2: 'appium-uiautomator2-driver', xcuitest: 'appium-xcuitest-driver' };

/**
 * Makes `folder` an APPIUM_HOME that holds nothing but the manifest of the drivers named. Appium then neither looks for packages nor asks a
 * registry, and a home of somebody else stays as it is. The manifest is YAML, of which JSON is a part; schema revision 4 of Appium 3.
 */
export function writeAppiumHome(folder: string, packages: DriverPackages, drivers: readonly DriverName[]): void {
  const cache = join(folder, 'node_modules', '.cache', 'appium');
  mkdirSync(cache, { recursive: true });
  const entries = Object.fromEntries(drivers.map((name) => [name, entryOf(packages, PACKAGES[name])]));
  writeFileSync(join(cache, 'extensions.yaml'), JSON.stringify({ drivers: entries, plugins: {}, schemaRev: 4 }, null, 1));
}

interface DriverPackage {
  readonly name: string;
  readonly version: string;
  readonly peerDependencies?: { readonly appium?: string };
  readonly appium: { readonly driverName: string };
}

function entryOf(packages: DriverPackages, name: string): object {
  const installPath = packageFolder(packages, name);
  const { version, peerDependencies, appium: { driverName: _, ...meta } } = JSON.parse(readFileSync(join(installPath, 'package.json'), 'utf8')) as DriverPackage;
  return { ...meta, pkgName: name, version, appiumVersion: peerDependencies?.appium, installType: 'npm', installSpec: `${name}@${version}`, installPath };
}
