import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configSchema } from '../../cli/config/schema.ts';
import { farmNamed } from '../../cli/work/named-farms.ts';
import { accessTo } from '../../device-harness/farms/farm-access.ts';
import { repoRoot } from '../support/paths.ts';

const blocks = [...readFileSync(join(repoRoot, 'docs/farms.md'), 'utf8').matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) => JSON.parse(text as string) as object);
const everySet = new Proxy({}, { get: (_, name) => `value of ${String(name)}` }) as NodeJS.ProcessEnv;

test('every config of docs/farms.md fits the schema and names farms that can be entered', () => {
  const names = blocks.flatMap((block) => {
    const { farms = {} } = configSchema.parse(block);
    return Object.keys(farms).map((name) => {
      const farm = farmNamed({ kind: 'farm', id: `${name}#2` }, farms);
      expect(accessTo(farm, everySet).endpoint.hostname, name).not.toBe('');
      return name;
    });
  });
  expect(names).toEqual(['lab', 'devicefarm', 'browserstack', 'sauce', 'lambdatest', 'aws']);
});

test('a key in place of a variable\'s name, and a misspelt flag, do not fit', () => {
  const farm = { url: 'https://hub.example.com', platform: 'android' };
  const fits = (changes: object): boolean => configSchema.safeParse({ farms: { lab: { ...farm, ...changes } } }).success;
  expect([fits({}), fits({ key: '8f2a-11' }), fits({ flags: { shel: false } }), fits({ platform: 'windows' }), fits({ url: 'hub' })]).toEqual([true, false, false, false, false]);
});
