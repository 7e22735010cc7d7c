import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DriverPackages, findDriverPackages } from '../../../device-harness/appium/driver-packages.ts';
import { type FarmSettings, farmOf } from '../../../device-harness/farms/farm.ts';
import { FarmSessions } from '../../../device-harness/farms/farm-sessions.ts';
import { openFarmPhone } from '../../../device-harness/farms/open-farm-phones.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { FarmGate } from './farm-gate.ts';

const packages = findDriverPackages();
const environment = { FARM_KEY: 'key-4711' };

describe.skipIf(packages === null)('sessions of a farm, by the real WebDriver client (needs dyno setup phones)', () => {
  const temporary = temporaryFolder();
  const notes: string[] = [];
  let gate: FarmGate;
  let settings: FarmSettings;
  const sessionsOf = (changes: Partial<FarmSettings> = {}): FarmSessions =>
    new FarmSessions({ farm: farmOf('lab', { ...settings, ...changes }), packages: packages as DriverPackages, environment, note: (code) => { notes.push(code); }, beat: async () => undefined, againMs: 20 });
  const phone = (changes: Partial<FarmSettings> = {}) =>
    openFarmPhone({ kind: 'farm', id: 'lab' }, farmOf('lab', { ...settings, ...changes }), { packages: packages as DriverPackages, environment, sdk: null, perf: 'burst', folder: temporary('work'), emit: () => undefined });

  beforeAll(async () => {
    gate = await FarmGate.open({ appium: null, pair: ':key-4711' });
    settings = { url: gate.url, key: 'FARM_KEY', platform: 'android' };
  });

  beforeEach(() => {
    gate.seen.length = notes.length = gate.taken = 0;
    gate.shell = true;
  });

  afterAll(() => gate?.close());

  test('the vendor\'s block goes over ours, verbatim', async () => {
    const block = { 'appium:noReset': false, 'bstack:options': { osVersion: '15', deep: { list: [1, null] } } };
    const session = await sessionsOf({ capabilities: block, app: 'bs://0a1b' }).open({ platformName: 'Android', 'appium:noReset': true });
    await session.close();
    const [{ body = '' } = {}] = gate.which('POST', /^\/session$/);
    expect((JSON.parse(body) as { capabilities: { alwaysMatch: object } }).capabilities.alwaysMatch).toEqual({ platformName: 'Android', 'appium:newCommandTimeout': 0, 'appium:app': 'bs://0a1b', ...block });
    expect(gate.which('DELETE', /^\/session\/s\d+$/)).toHaveLength(1);
  });

  test('no phone is free: asked again with one note', async () => {
    gate.taken = 3;
    await (await sessionsOf({ queueSeconds: 60 }).open({ platformName: 'Android' })).close();
    expect(gate.which('POST', /^\/session$/)).toHaveLength(4);
    expect(notes).toEqual(['farm-queue']);
  });

  test('and given up after the limit, with the farm\'s words', async () => {
    gate.taken = 1e6;
    await expect(sessionsOf({ queueSeconds: 0.1 }).open({ platformName: 'Android' })).rejects.toThrow(/farm:lab had no free phone for 0\.1 s: .*No device is available/);
    expect(gate.which('POST', /^\/session$/).length).toBeGreaterThan(1);
  });

  test('a session that is lost is opened on the same phone; another one is given back, and not asked for twice', async () => {
    const sessions = sessionsOf();
    gate.phone = 'R5CT1111';
    await sessions.open({ platformName: 'Android' });
    await sessions.open({ platformName: 'Android' });
    expect(gate.which('POST', /^\/session$/)[1]?.body).toContain('"appium:udid":"R5CT1111"');
    gate.phone = 'R5CT2222';
    await expect(sessions.open({ platformName: 'Android' })).rejects.toThrow('farm:lab gave R5CT2222 in place of R5CT1111');
    await expect(sessions.open({ platformName: 'Android' })).rejects.toThrow('gave R5CT2222');
    expect([gate.which('POST', /^\/session$/).length, gate.which('DELETE', /^\/session\//).length]).toEqual([3, 1]);
  });

  test('a shell that is off: said as what it is, the session given back; said by the flag, none is opened', async () => {
    gate.shell = false;
    await expect(phone()).rejects.toThrow('farm:lab refuses mobile: shell');
    expect(gate.which('DELETE', /^\/session\//)).toHaveLength(1);
    gate.seen.length = 0;
    await expect(phone({ flags: { shell: false } })).rejects.toMatchObject({ message: expect.stringContaining('has no mobile: shell'), nextSteps: [expect.stringContaining('dyno pack'), expect.anything()] });
    expect(gate.seen).toEqual([]);
  });

  test('credentials that are refused, and a farm that is down', async () => {
    const wrong = new FarmSessions({ farm: farmOf('lab', settings), packages: packages as DriverPackages, environment: { FARM_KEY: 'key-wrong' }, note: () => undefined, beat: async () => undefined });
    await expect(wrong.open({ platformName: 'Android' })).rejects.toMatchObject({ name: 'UserError', message: 'farm:lab refuses the credentials.', nextSteps: [expect.stringContaining('FARM_KEY')] });
    await expect(sessionsOf({ url: 'http://127.0.0.1:9' }).open({ platformName: 'Android' })).rejects.toThrow('farm:lab cannot be reached at 127.0.0.1:9');
  });
});
