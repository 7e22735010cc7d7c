import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RUNNER_BUNDLE_ID, RUNNER_VERSION } from '../../../device-harness/runner/index.ts';
import { renderPropertyList } from '../../../device-harness/runner/xcode/property-list.ts';
import { APP, appFiles } from './swift-sources.ts';

type Plist = string | Plist[] | { [key: string]: Plist };
type Entry = { readonly [key: string]: Plist };

const project = parsePlist(readFileSync(join(APP, 'Runner.xcodeproj/project.pbxproj'), 'utf8')) as { objects: Record<string, Entry>; rootObject: string };
const objects = project.objects;
const ofKind = (isa: string): [string, Entry][] => Object.entries(objects).filter(([, entry]) => entry['isa'] === isa);
const text = (id: Plist | undefined, key: string): string => (objects[id as string] as Entry)[key] as string;

/** An old-style property list: dictionaries, lists, words, quoted words, comments. */
function parsePlist(source: string): Plist {
  const tokens = source.match(/\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\]|\\.)*"|[A-Za-z0-9_./$-]+|[{}()=;,]|\S/g)?.filter((token) => !/^(\/\/|\/\*)/.test(token)) ?? [];
  let at = 0;
  const take = (wanted?: string): string => {
    const token = tokens[at++];
    if (token === undefined || (wanted !== undefined && token !== wanted)) throw new Error(`expected ${wanted ?? 'more'}, got ${token}`);
    return token;
  };
  const value = (): Plist => {
    const token = take();
    if (token === '{') {
      const result: Record<string, Plist> = {};
      while (tokens[at] !== '}') {
        const key = value() as string;
        if (key in result) throw new Error(`${key} twice`);
        take('=');
        result[key] = value();
        take(';');
      }
      take('}');
      return result;
    }
    if (token === '(') {
      const result: Plist[] = [];
      for (; tokens[at] !== ')'; take(',')) result.push(value());
      take(')');
      return result;
    }
    if (token.startsWith('"')) return JSON.parse(token) as string;
    if (!/^[A-Za-z0-9_./$-]+$/.test(token)) throw new Error(`unexpected ${token}`);
    return token;
  };
  const result = value();
  if (at < tokens.length) throw new Error(`more after the end: ${tokens[at]}`);
  return result;
}

describe('the Xcode project', () => {
  it('refers to nothing that is not there, and nothing is left over', () => {
    const ids = new Set(Object.keys(objects));
    const referred = new Set<string>([project.rootObject]);
    const collect = (value: Plist): void => {
      if (typeof value === 'string' && /^[0-9A-F]{24}$/.test(value)) referred.add(value);
      else if (Array.isArray(value)) value.forEach(collect);
      else if (typeof value === 'object') Object.values(value).forEach(collect);
    };
    Object.values(objects).forEach(collect);
    expect([...referred].filter((id) => !ids.has(id))).toEqual([]);
    expect([...ids].filter((id) => !referred.has(id))).toEqual([]);
    expect(objects[project.rootObject]?.['isa']).toBe('PBXProject');
  });

  it('has every file in its group, and each exists', () => {
    const group = ofKind('PBXGroup').find(([, entry]) => entry['path'] === 'Runner')?.[1] as Entry;
    const paths = (group['children'] as string[]).map((id) => text(id, 'path'));
    expect(paths.filter((path) => !existsSync(join(APP, 'Runner', path)))).toEqual([]);
    expect(paths.sort()).toEqual([...sources(), 'Info.plist'].sort());
  });

  it('its one target compiles all sources and links the package', () => {
    const targets = ofKind('PBXNativeTarget');
    expect(targets).toHaveLength(1);
    const compiled = (ofKind('PBXSourcesBuildPhase')[0]?.[1]['files'] as string[]).map((id) => text(text(id, 'fileRef'), 'path'));
    expect(compiled.sort()).toEqual(sources().sort());
    const linked = (ofKind('PBXFrameworksBuildPhase')[0]?.[1]['files'] as string[]).map((id) => text(text(id, 'productRef'), 'productName'));
    expect(linked).toEqual(['RunnerCore']);
    const phases = (targets[0]?.[1]['buildPhases'] as string[]).map((id) => text(id, 'isa'));
    expect(phases).toEqual(['PBXSourcesBuildPhase', 'PBXFrameworksBuildPhase', 'PBXResourcesBuildPhase']);
    const [[, reference] = []] = ofKind('XCLocalSwiftPackageReference');
    expect(existsSync(join(APP, reference?.['relativePath'] as string, 'Package.swift'))).toBe(true);
  });

  it('carries the runner\'s version and bundle id, and a property list that exists', () => {
    const settings = ofKind('XCBuildConfiguration').map(([, entry]) => entry['buildSettings'] as Entry).filter((entry) => 'PRODUCT_NAME' in entry);
    expect(settings).toHaveLength(2);
    for (const entry of settings) {
      expect(entry['MARKETING_VERSION']).toBe(RUNNER_VERSION);
      expect(entry['PRODUCT_BUNDLE_IDENTIFIER']).toBe(RUNNER_BUNDLE_ID);
      expect(existsSync(join(APP, entry['INFOPLIST_FILE'] as string))).toBe(true);
    }
    const info = readFileSync(join(APP, 'Runner/Info.plist'), 'utf8');
    for (const key of ['UIFileSharingEnabled', 'LSSupportsOpeningDocumentsInPlace']) expect(info).toMatch(new RegExp(`<key>${key}</key>\\s*<true/>`));
  });

  it('its scheme builds the target of the project', () => {
    const scheme = readFileSync(join(APP, 'Runner.xcodeproj/xcshareddata/xcschemes/Runner.xcscheme'), 'utf8');
    const [[target] = []] = ofKind('PBXNativeTarget');
    expect([...scheme.matchAll(/BlueprintIdentifier = "([^"]+)"/g)].map((match) => match[1])).toEqual([target, target]);
  });

  it('words with strange characters survive', () => {
    const value = { 'a b': 'say "x" \\ y', list: ['', '<group>', '$(inherited)', '16.0'], deep: { empty: {}, none: [] } };
    expect(parsePlist(renderPropertyList(value))).toEqual(value);
  });
});

function sources(): string[] {
  return [...appFiles('.swift'), ...appFiles('.metal')].filter((path) => path.startsWith('Runner/')).map((path) => path.slice('Runner/'.length));
}
