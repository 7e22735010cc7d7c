import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { batchSpecSchema } from '../../../device-harness/runner/index.ts';
import { GENERATED } from '../../../device-harness/runner/generate-swift.ts';
import { CONTRACT_TYPES } from '../../../device-harness/runner/schemas.ts';
import { type Declaration, declarationsOf } from '../../../device-harness/runner/swift/declarations.ts';
import { repoRoot } from '../../support/paths.ts';
import { CONTRACT_EXAMPLES } from './golden/contract-examples.ts';
import { GOLDEN_FOLDER, goldenFiles } from './golden/make-golden.ts';

const declarations = new Map(declarationsOf(CONTRACT_TYPES).map((one) => [one.name, one]));

describe('golden files', () => {
  it('are what the script writes, and there are no others', () => {
    const made = goldenFiles();
    const there = readdirSync(GOLDEN_FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
    expect(there.sort()).toEqual([...made.keys()].sort());
    for (const [name, text] of made) expect(readFileSync(join(GOLDEN_FOLDER, name), 'utf8'), name).toBe(text);
  });

  it.each([...CONTRACT_EXAMPLES])('%s passes its schema and keeps every field', (name, example) => {
    const schema = CONTRACT_TYPES[name.split('.')[0] as keyof typeof CONTRACT_TYPES];
    expect(schema.parse(JSON.parse(JSON.stringify(example)))).toEqual(example);
  });

  it('hold every field, null and not, and every word of the contract', () => {
    const seen = new Set<string>();
    for (const [name, example] of CONTRACT_EXAMPLES) visit(name.split('.')[0] as string, example, seen);
    const wanted = [...declarations.values()].flatMap((one) => marksOf(one));
    expect(wanted.filter((mark) => !seen.has(mark))).toEqual([]);
  });
});

/** What a complete set of examples shows of a declaration. */
function marksOf(declaration: Declaration): string[] {
  const { name } = declaration;
  if (declaration.kind === 'enum') return declaration.values.map((value) => `${name} = ${value}`);
  if (declaration.kind === 'union') return declaration.cases.map(({ tag }) => `${name}: ${tag}`);
  return declaration.fields.flatMap((field) => (field.nullable ? [`${name}.${field.name}`, `${name}.${field.name} null`] : [`${name}.${field.name}`]));
}

function visit(type: string, value: unknown, seen: Set<string>): void {
  const list = /^\[(.*)\]$/.exec(type);
  if (list) {
    for (const item of value as unknown[]) visit(list[1] as string, item, seen);
    return;
  }
  const declaration = declarations.get(type);
  if (!declaration) return;
  if (declaration.kind === 'enum') seen.add(`${type} = ${value}`);
  if (declaration.kind === 'union') {
    const { type: tag } = value as { type: string };
    seen.add(`${type}: ${tag}`);
    visit(declaration.cases.find((one) => one.tag === tag)?.type as string, value, seen);
  }
  if (declaration.kind !== 'struct') return;
  for (const field of declaration.fields) {
    const own = (value as Record<string, unknown>)[field.name];
    seen.add(own === null ? `${type}.${field.name} null` : `${type}.${field.name}`);
    if (own !== null) visit(field.type, own, seen);
  }
}

describe('schemas', () => {
  const batch = CONTRACT_EXAMPLES.get('BatchSpec.full') as Record<string, unknown> & { steps: object[]; models: object[] };

  it.each([
    ['another version', { schema: 2 }],
    ['a field that nobody knows', { colour: 'red' }],
    ['no steps', { steps: [] }],
    ['a step twice', { steps: [batch.steps[0], batch.steps[0]] }],
    ['a model that is not there', { models: batch.models.slice(1) }],
    ['an id that leaves the folder', { id: '../b' }],
    ['no attempt', { attempts: 0 }],
  ])('a batch with %s is refused', (_, change) => {
    expect(batchSpecSchema.safeParse({ ...batch, ...change }).success).toBe(false);
  });

  it.each(['../x', '/x', 'a//b', 'a/', 'a/./b', '', 'a\\b', 'a\0'])('the path %j is refused in a package', (path) => {
    const manifest = CONTRACT_EXAMPLES.get('PartManifest.package') as { files: object[] };
    expect(CONTRACT_TYPES.PartManifest.safeParse({ ...manifest, files: [{ ...manifest.files[0], path }] }).success).toBe(false);
  });

  it('parts above 8 MiB are refused', () => {
    const manifest = CONTRACT_EXAMPLES.get('PartManifest.file') as { files: object[] };
    const parts = [{ name: 'part-00000', bytes: 8 * 1024 * 1024 + 1 }];
    expect(CONTRACT_TYPES.PartManifest.safeParse({ ...manifest, files: [{ ...manifest.files[0], parts }] }).success).toBe(false);
  });
});

describe('Swift types', () => {
  it.each(Object.entries(GENERATED))('%s is what the generator writes', (path, render) => {
    expect(readFileSync(join(repoRoot, 'device-harness/apps/iphone', path), 'utf8')).toBe(render());
  });
});
