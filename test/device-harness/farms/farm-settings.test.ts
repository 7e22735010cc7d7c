import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { accessTo } from '../../../device-harness/farms/farm-access.ts';
import { checkFarm } from '../../../device-harness/farms/check-farm.ts';
import { farmOf } from '../../../device-harness/farms/farm.ts';
import { keptAwake } from '../../../device-harness/farms/heartbeat.ts';
import type { PhoneSession } from '../../../device-harness/appium/session.ts';
import { ExternalError } from '../../../models/contracts/errors.ts';

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

const cloud = { url: 'https://hub.example.com/wd/hub', platform: 'android' } as const;

test('credentials come from the environment, go with every request, and are missed by name', () => {
  const farm = farmOf('cloud', { ...cloud, user: 'CLOUD_USER', key: 'CLOUD_KEY', capabilities: { 'df:token': { env: 'CLOUD_TOKEN' }, 'bstack:options': { deep: [{ env: 'CLOUD_KEY' }], env: 'a word of the vendor', local: false } } });
  const environment = { CLOUD_USER: 'somebody', CLOUD_KEY: 'k-ä/123', CLOUD_TOKEN: 't-456' };
  const { endpoint, capabilities } = accessTo(farm, environment);
  expect(endpoint).toMatchObject({ protocol: 'https', hostname: 'hub.example.com', port: 443, path: '/wd/hub', headers: { authorization: `Basic ${Buffer.from('somebody:k-ä/123').toString('base64')}` } });
  expect(capabilities).toEqual({ 'df:token': 't-456', 'bstack:options': { deep: ['k-ä/123'], env: 'a word of the vendor', local: false } });
  expect(() => accessTo(farm, { ...environment, CLOUD_TOKEN: '' })).toThrow('CLOUD_TOKEN, which is not set');
});

test('errors lose every secret, in whatever form a client writes it', () => {
  const { hide } = accessTo(farmOf('cloud', { ...cloud, user: 'U', key: 'K' }), { U: 'somebody', K: 'k ä+1' });
  const pair = Buffer.from('somebody:k ä+1').toString('base64');
  const error = hide(new ExternalError(`POST https://somebody:${encodeURIComponent('k ä+1')}@hub failed`, 'session', `{"key":"k ä+1","authorization":"Basic ${pair}"}`, [], { cause: new Error('k ä+1') })) as ExternalError;
  expect([error.message, error.output, error.cause]).toEqual(['POST https://***:***@hub failed', '{"key":"***","authorization":"Basic ***"}', undefined]);
  expect((hide(new TypeError('k ä+1 is no header')) as Error).message).toBe('*** is no header');
});

test('an address with credentials in it, and one that is none', () => {
  expect(() => accessTo(farmOf('cloud', { ...cloud, url: 'https://me:key@hub.example.com' }), {})).toThrow('holds credentials');
  expect(() => accessTo(farmOf('cloud', { ...cloud, url: 'hub.example.com' }), {})).toThrow('none that Appium listens at');
});

test('what a farm lacks is said before a session is opened', () => {
  const lacks = (flags: object, more: object = {}) => () => checkFarm(farmOf('cloud', { ...cloud, ...more, flags }));
  expect(lacks({ shell: false })).toThrow('farm:cloud has no mobile: shell');
  expect(lacks({ shell: false }, { platform: 'iphone' })).not.toThrow();
  expect(lacks({ pushFile: false }, { platform: 'iphone' })).toThrow('takes no files');
  expect(lacks({ installFromPath: false }, { app: '/tmp/Runner.ipa' })).toThrow('installs nothing from a path');
  expect(lacks({ installFromPath: false }, { app: 'bs://0a1b' })).not.toThrow();
  expect(lacks({ installFromPath: false }, { app: 'storage:filename=Runner.ipa' })).not.toThrow();
  expect(lacks({})).not.toThrow();
});

test('a session is kept awake: a beat after a third of the limit without a command, none while one runs, none after its end', async () => {
  const sent: string[] = [];
  let finish: (value: unknown) => void = () => undefined;
  const execute = <T>(command: string): Promise<T> => {
    sent.push(command);
    return command === 'long' ? new Promise((resolve) => { finish = resolve as (value: unknown) => void; }) : command === 'beat' ? Promise.reject(new Error('lost')) : Promise.resolve(null as T);
  };
  const plain: PhoneSession = { id: 's', capabilities: {}, execute, pushFile: async () => undefined, pullFile: async () => new Uint8Array(), close: async () => { sent.push('close'); } };
  const session = keptAwake(plain, (each) => each.execute('beat'), 90);
  await vi.advanceTimersByTimeAsync(61_000);
  expect(sent).toEqual(['beat', 'beat']);
  await vi.advanceTimersByTimeAsync(20_000);
  await session.execute('short');
  await vi.advanceTimersByTimeAsync(29_000);
  expect(sent).toEqual(['beat', 'beat', 'short']);
  const long = session.execute('long');
  await vi.advanceTimersByTimeAsync(300_000);
  expect(sent).toEqual(['beat', 'beat', 'short', 'long']);
  finish(null);
  await long;
  await vi.advanceTimersByTimeAsync(31_000);
  expect(sent.at(-1)).toBe('beat');
  await session.close();
  await vi.advanceTimersByTimeAsync(300_000);
  expect(sent.filter((one) => one === 'beat')).toHaveLength(3);
});
