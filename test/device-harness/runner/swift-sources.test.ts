import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { APP, appFiles, metalParser, type SyntaxErrorsOf, swiftParser } from './swift-sources.ts';

const swift = appFiles('.swift');
const read = (path: string): string => readFileSync(join(APP, path), 'utf8');

describe('Swift sources', () => {
  let parse: SyntaxErrorsOf;
  beforeAll(async () => {
    parse = await swiftParser();
  }, 60_000);

  it('the parser finds what is wrong', () => {
    expect(parse('func f() -> Int { return 1 }')).toEqual([]);
    expect(parse('func f( -> Int { return 1 }')).not.toEqual([]);
    expect(parse('struct S {\n  let a = [1, 2\n}')).not.toEqual([]);
  });

  it.each(swift)('%s can be read', (path) => {
    expect(parse(read(path))).toEqual([]);
  });

  it('files of the app are none of them longer than 350 lines', () => {
    const long = swift.filter((path) => !path.endsWith('/Contract.swift') && read(path).split('\n').length > 350);
    expect(long).toEqual([]);
  });

  it('every file imports what it names of Apple', () => {
    const wanted: readonly (readonly [RegExp, string])[] = [
      [/\bML[A-Z]\w+/, 'CoreML'], [/\bMTL[A-Z]\w+/, 'Metal'], [/\bCVPixelBuffer|\bkCV/, 'CoreVideo'], [/\bUIDevice\b|\bUIApplication\b/, 'UIKit'], [/\bCGImageSource/, 'ImageIO'],
      [/\bObservableObject\b|@Published\b/, 'Combine'], [/: (?:some )?View\b|: App\b/, 'SwiftUI'], [/\btask_info\b|\bsysctlbyname\b/, 'Darwin'],
    ];
    const missing = swift.flatMap((path) => {
      const text = read(path).replaceAll(/\/\/.*|"[^"\n]*"/g, '');
      return wanted.filter(([use, module]) => use.test(text) && !text.includes(`import ${module}\n`)).map(([, module]) => `${path}: ${module}`);
    });
    expect(missing).toEqual([]);
  });

  it('the package imports nothing of Apple but Foundation, where it is not asked for', () => {
    const imports = swift.filter((path) => path.startsWith('RunnerCore/Sources')).flatMap((path) => [...read(path).matchAll(/^import (\w+)/gm)].map((match) => match[1]));
    expect([...new Set(imports)].sort()).toEqual(['CryptoKit', 'Dispatch', 'Foundation']);
  });
});

describe('Metal sources', () => {
  it('can be read as C++, and its parameters are those of the Swift side', async () => {
    const parse = await metalParser();
    const metal = read('Runner/TileKernel.metal');
    expect(parse(metal)).toEqual([]);
    expect(parse('kernel void f(device int *a [[buffer(0)]]) { a[0] = ; }')).not.toEqual([]);
    const inMetal = [...(/struct TileParameters \{([^}]*)\}/.exec(metal)?.[1] ?? '').matchAll(/int (\w+);/g)].map((match) => match[1]);
    const inSwift = [...read('Runner/MetalTileInput.swift').matchAll(/^ {2}var (\w+): Int32/gm)].map((match) => match[1]);
    expect(inMetal.length).toBe(15);
    expect(inSwift).toEqual(inMetal);
  }, 60_000);
});
