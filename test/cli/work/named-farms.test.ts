import { expect, test } from 'vitest';
import { farmNamed, namedFarms } from '../../../cli/work/named-farms.ts';
import { checkDevices } from '../../../cli/work/open-devices.ts';

const farms = {
  lab: { url: 'http://grid.local:4444', platform: 'android' }, fruit: { url: 'http://mac.local:4723', platform: 'iphone' }, cloud: { url: 'https://hub.example.com', platform: 'android', flags: { shell: false } },
} as const;

test('a farm by its name, several phones of it by a number', () => {
  expect(farmNamed({ kind: 'farm', id: 'lab#2' }, farms)).toMatchObject({ name: 'lab', user: null, capabilities: {}, flags: { shell: true, maxPushBytes: null, idleLimitSeconds: 300 }, queueSeconds: 900 });
  expect(() => farmNamed({ kind: 'farm', id: 'labs' }, farms)).toThrow('There is no farm "labs" in the config.');
  expect(() => farmNamed({ kind: 'farm', id: 'constructor' }, farms)).toThrow('There is no farm "constructor"');
  expect(Object.keys(namedFarms(['host', 'farm:lab#2', 'farm:lab'], farms))).toEqual(['lab']);
});

test('units are those of the farm\'s platform, and what it lacks is said before anything is opened', () => {
  expect(() => checkDevices({ on: ['farm:lab', 'farm:fruit'], units: ['htp', 'ane'] }, farms)).not.toThrow();
  expect(() => checkDevices({ on: ['farm:lab'], units: ['ane'] }, farms)).toThrow('farm:lab has no unit "ane"');
  expect(() => checkDevices({ on: ['farm:fruit'], units: ['htp'] }, farms)).toThrow('farm:fruit has no unit "htp"');
  expect(() => checkDevices({ on: ['farm:cloud'], units: [] }, farms)).toThrow('farm:cloud has no mobile: shell');
});
