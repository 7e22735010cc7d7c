import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import type { AdapterPort, Layout, PortDType } from '../../../converters/faces/index.ts';
import type { NdArray, NumericArray } from '../../../models/contracts/index.ts';

const ARRAYS = { float32: Float32Array, float16: Uint16Array, uint8: Uint8Array } as const;

export const hasCompiler = (name: string): boolean => spawnSync(name, ['--version']).status === 0;

/** The functions of a generated TypeScript module, by name. */
export function typescriptFunctions(
  text: string,
): Record<string, (data: NumericArray, n: number, h: number, w: number) => { data: NumericArray; dims: number[] }> {
  const code = transformSync(text, { loader: 'ts', format: 'cjs' }).code;
  const module = { exports: {} };
  new Function('module', 'exports', code)(module, module.exports);
  return module.exports;
}

export function sizesOf({ dims }: NdArray, layout: Layout): [n: number, h: number, w: number] {
  const [n, a, b, c] = dims as [number, number, number, number];
  return layout === 'NCHW' ? [n, b, c] : [n, a, b];
}

/** One call that a compiled program makes: the function's name in the code, its source, and the target's type and sizes. */
export interface Call {
  readonly name: string;
  readonly port: AdapterPort;
  readonly source: NdArray;
  readonly dims: readonly number[];
}

/**
 * Compiles generated code together with a main that makes the calls, and returns each target's bytes. `main` writes the call of one
 * function; see `cCall` and `metalCall`. Warnings are errors.
 */
export function compileAndRun(
  code: string,
  extension: 'c' | 'cpp',
  calls: readonly Call[],
  main: (call: Call) => string,
  flags: readonly string[] = [],
): NumericArray[] {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-adapter-'));
  try {
    const files = calls.map((call, i) => callFile(call, i, folder, main));
    const program = [
      '#include <stdio.h>',
      '#include <stdlib.h>',
      code,
      'static void *load(const char *path, size_t bytes) {',
      '  FILE *file = fopen(path, "rb"); void *data = malloc(bytes);',
      '  if (!file || fread(data, 1, bytes, file) != bytes) exit(3);',
      '  fclose(file); return data;',
      '}',
      'static void save(const char *path, const void *data, size_t bytes) {',
      '  FILE *file = fopen(path, "wb"); fwrite(data, 1, bytes, file); fclose(file);',
      '}',
      'int main(void) {',
      ...files.map(({ text }) => text),
      '  return 0;',
      '}',
    ].join('\n');
    writeFileSync(join(folder, `main.${extension}`), program);
    const compiler = extension === 'c' ? ['gcc', '-std=c99'] : ['g++', '-std=c++17'];
    execFileSync(
      compiler[0] as string,
      [
        compiler[1] as string,
        '-Wall',
        '-Wextra',
        '-Werror',
        '-O1',
        '-ffp-contract=off',
        ...flags,
        join(folder, `main.${extension}`),
        '-o',
        join(folder, 'main'),
        '-lm',
      ],
      { stdio: 'pipe' },
    );
    execFileSync(join(folder, 'main'));
    return files.map(({ read }) => read());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function callFile(call: Call, i: number, folder: string, main: (call: Call) => string): { text: string; read: () => NumericArray } {
  const { source, port, dims } = call;
  const [from, to] = [join(folder, `${i}.in`), join(folder, `${i}.out`)];
  writeFileSync(from, new Uint8Array(source.data.buffer as ArrayBuffer, source.data.byteOffset, source.data.byteLength));
  const Type = ARRAYS[port.to.dtype as PortDType];
  const bytes = dims.reduce((a, b) => a * b, 1) * Type.BYTES_PER_ELEMENT;
  const text = [
    '  {',
    `    void *in = load(${JSON.stringify(from)}, ${source.data.byteLength}); void *out = malloc(${bytes});`,
    main(call),
    `    save(${JSON.stringify(to)}, out, ${bytes});`,
    '    free(in); free(out);',
    '  }',
  ].join('\n');
  return { text, read: () => new Type(Uint8Array.from(readFileSync(to)).buffer) };
}

/** Calls a C function of the adapter. */
export function cCall({ name, port, source }: Call): string {
  return `    if (${name}(in, out, ${sizesOf(source, port.from.layout).join(', ')}) != 0) return 4;`;
}

const METAL_TYPES = { float32: 'float', float16: 'half', uint8: 'uchar' } as const;

/** Runs a Metal kernel for one thread after the other, one more than there are elements. */
export function metalCall({ name, port, source, dims }: Call): string {
  const [from, to] = [METAL_TYPES[port.from.dtype as PortDType], METAL_TYPES[port.to.dtype as PortDType]];
  const size = `AdapterSize size = {${sizesOf(source, port.from.layout).join(', ')}};`;
  return `    ${size} for (uint i = 0; i <= ${dims.reduce((a, b) => a * b, 1)}u; i++) ${name}((const ${from} *)in, (${to} *)out, size, i);`;
}

/** What a Metal file needs to be C++: address spaces, vector-free types, half as a struct over the conversions given in C. */
export function metalAsCpp(text: string, halfInC: string): string {
  const shims = [
    '#include <cmath>',
    '#include <cstdint>',
    '#include <algorithm>',
    'typedef unsigned int uint;',
    'typedef unsigned char uchar;',
    'using std::signbit; using std::isnan;',
    halfInC,
    'struct half { uint16_t bits; half(float v) : bits(float_to_half(v)) {} operator float() const { return half_to_float(bits); } };',
    '#define kernel static',
    '#define device',
    '#define constant static const',
    'using std::min; using std::trunc; using std::rint;',
  ].join('\n');
  const body = text
    .replace('#include <metal_stdlib>\nusing namespace metal;\n', '')
    .replaceAll(/ \[\[\w+(\(\d+\))?\]\]/g, '')
    .replaceAll('    constant AdapterSize', '    const AdapterSize');
  return `${shims}\n${body}`;
}

/**
 * Generated Swift as C++, line by line: every line has one of the forms that the generator writes, so a line that is none of them is an
 * error.
 */
export function swiftAsCpp(text: string, halfInC: string): string {
  const types: Record<string, string> = { Float: 'float', UInt8: 'uint8_t', Float16: 'half' };
  const rules: [RegExp, (match: string[]) => string][] = [
    [/^public func (\w+)\($/, ([, name]) => `static void ${name}(`],
    [
      /^_ source: \[(\w+)\], batch: Int, height: Int, width: Int$/,
      ([, from]) => `const ${types[from as string]} *source, long batch, long height, long width,`,
    ],
    [/^\) throws -> AdapterImage<(\w+)> \{$/, ([, to]) => `${types[to as string]} *target) {`],
    [
      /^guard height % (\d+) == 0, width % \1 == 0 else \{ throw AdapterError.notAMultiple\(of: \1\) \}$/,
      ([, of]) => `if (height % ${of} || width % ${of}) std::abort();`,
    ],
    [/^guard source.count == .* else \{ throw AdapterError.wrongSize \}$/, () => ''],
    [
      /^let (\w+): \[(Int|Float)\] = \[(.*)\]$/,
      ([, name, type, values]) =>
        `const ${type === 'Int' ? 'long' : 'float'} ${name}[] = {${
          type === 'Int'
            ? values
            : (values as string)
                .split(', ')
                .map((v) => `${v}f`)
                .join(', ')
        }};`,
    ],
    [/^var target = \[\w+\]\(repeating: 0, count: .*\)$/, () => ''],
    [/^var element = 0$/, () => 'long element = 0;'],
    [
      /^for (\w+) in 0\.\.<(\w+) \{$/,
      ([, name, limit]) =>
        name === '_'
          ? `for (long unused${limit} = 0; unused${limit} < ${limit}; unused${limit}++) {`
          : `for (long ${name} = 0; ${name} < ${limit}; ${name}++) {`,
    ],
    [/^let (\w+) = (.+)$/, ([, name, value]) => `const long ${name} = ${value};`],
    [/^var value = Float\((.+)\)$/, ([, value]) => `float value = float(${value});`],
    [/^value = (.+)$/, ([, value]) => `value = ${expression(value as string)};`],
    [
      /^target\[element\] = (?:(UInt8|Float16)\(value\)|value)$/,
      ([, type]) => `target[element] = ${type ? `${types[type]}(value)` : 'value'};`,
    ],
    [/^element \+= 1$/, () => 'element += 1;'],
    [/^return AdapterImage\(.*\)$/, () => ''],
    [/^\}$/, () => '}'],
    [/^$/, () => ''],
    [/^\/\/.*$/, () => ''],
  ];
  const expression = (swift: string): string =>
    swift
      .replaceAll(/\((-?[\d.e+-]+) as Float\)/g, '($1)')
      .replaceAll('value.rounded(.toNearestOrEven)', 'std::rint(value)')
      .replaceAll('value.rounded(.towardZero)', 'std::trunc(value)')
      .replaceAll('min(', 'std::min(')
      .replaceAll('Float(Float16(value))', 'float(half(value))')
      .replaceAll(/(?<![\w.])\d[\d.]*(?:e[+-]?\d+)?(?![\w.\]])/g, '$&f');
  const start = text.indexOf('/// From');
  const lines = text
    .slice(start)
    .split('\n')
    .map((line) => line.trim())
    .map((line) => {
      for (const [pattern, write] of rules) {
        const match = pattern.exec(line);
        if (match) return write(match);
      }
      throw new Error(`no line of the generated Swift has this form: ${line}`);
    });
  const shims = [
    '#include <cmath>',
    '#include <cstdint>',
    '#include <algorithm>',
    '#include <cstdlib>',
    'using std::signbit; using std::isnan;',
    halfInC,
    'struct half { uint16_t bits; half(float v) : bits(float_to_half(v)) {} operator float() const { return half_to_float(bits); } };',
  ];
  return [...shims, ...lines].join('\n');
}

const SWIFT_TYPES = { float32: 'float', float16: 'half', uint8: 'uint8_t' } as const;

/** Calls a Swift function that was turned into C++. */
export function swiftCall({ name, port, source }: Call): string {
  const [from, to] = [SWIFT_TYPES[port.from.dtype as PortDType], SWIFT_TYPES[port.to.dtype as PortDType]];
  return `    ${name}((const ${from} *)in, ${sizesOf(source, port.from.layout).join(', ')}, (${to} *)out);`;
}
