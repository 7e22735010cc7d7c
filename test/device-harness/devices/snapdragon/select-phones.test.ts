import { describe, expect, test } from 'vitest';
import { disturbanceBetween, healthOf, type PhoneHealth, whyNotReady } from '../../../../device-harness/devices/snapdragon/phone-health.ts';
import { assertDistinct, selectAttached, virtualChip } from '../../../../device-harness/devices/snapdragon/select-phones.ts';
import { parseDevice } from '../../../../models/contracts/selectors.ts';

const phone = (serial: string, state = 'device', model: string | null = null): { serial: string; state: string; model: string | null } => ({ serial, state, model });

describe('which phone is meant', () => {
  test('the only one, or the one named', () => {
    expect(selectAttached(parseDevice('android'), [phone('A')])).toBe('A');
    expect(selectAttached(parseDevice('android:B'), [phone('A'), phone('B')])).toBe('B');
    expect(selectAttached(parseDevice('android:10.0.0.7:5555'), [phone('10.0.0.7:5555')])).toBe('10.0.0.7:5555');
  });

  test.each([
    ['android', [], 'No phone is attached.'],
    ['android', [phone('A', 'device', 'Pixel'), phone('B', 'offline')], '2 phones are attached.'],
    ['android:C', [phone('A')], 'C is not attached.'],
    ['android', [phone('A', 'unauthorized')], 'A has not allowed this computer.'],
    ['android:B', [phone('A'), phone('B', 'offline')], 'B is offline.'],
    ['android', [phone('A', 'no permissions')], 'This computer may not use A.'],
    ['android', [phone('A', 'recovery')], 'A is in the state "recovery".'],
  ])('%s among %j: an error that says what to do', (selector, phones, message) => {
    expect(() => selectAttached(parseDevice(selector), phones)).toThrow(expect.objectContaining({ message, nextSteps: expect.arrayContaining([expect.stringMatching(/./)]) }) as Error);
  });

  test('virtual ones by chip, several of one chip by number; nothing twice', () => {
    expect(['virtual:SM8550', 'virtual:sm8650#2', 'virtual:"Snapdragon 8 Elite"'].map((text) => virtualChip(parseDevice(text)))).toEqual(['SM8550', 'SM8650', 'SM8750']);
    expect(() => virtualChip(parseDevice('virtual:SM1'))).toThrow('No Qualcomm chip is known');
    expect(() => assertDistinct(['virtual:SM8550', 'virtual:SM8550#2'].map(parseDevice))).not.toThrow();
    expect(() => assertDistinct(['virtual:SM8550', 'virtual:SM8550'].map(parseDevice))).toThrow('is named twice');
  });
});

describe('how a phone is', () => {
  const dumps = (status: number, skin: number, level = 80): string => [
    `Thermal Status: ${status}\nCached temperatures:\n\tTemperature{mValue=99.0, mType=3, mName=skin, mStatus=0}\nCurrent temperatures from HAL:\n\tTemperature{mValue=${skin}, mType=3, mName=skin, mStatus=0}\n`,
    `  AC powered: false\n  USB powered: false\n  level: ${level}\n  temperature: 291\n`, '  mWakefulness=Asleep\n', 'schedutil\nwalt\n',
  ].join('==dyno==\n');

  test('the hardware layer\'s temperatures, not the cached ones; what is not said is not known', () => {
    expect(healthOf(dumps(1, 40.5))).toEqual({ thermalStatus: 1, temperatures: { skin: 40.5 }, batteryLevel: 80, batteryCelsius: 29.1, plugged: false, screenOn: false, governor: 'schedutil+walt' });
    expect(healthOf('')).toEqual({ thermalStatus: null, temperatures: {}, batteryLevel: null, batteryCelsius: null, plugged: null, screenOn: null, governor: null });
  });

  test('ready: cool, as at the start, and charged', () => {
    const start = healthOf(dumps(0, 31));
    expect(whyNotReady(start, start)).toBeNull();
    expect(whyNotReady(healthOf(dumps(0, 33.9)), start)).toBeNull();
    expect(whyNotReady(healthOf(dumps(0, 35)), start)).toContain('4.0 more than at the start');
    expect(whyNotReady(healthOf(dumps(1, 31)), start)).toContain('thermal status 1');
    expect(whyNotReady(healthOf(dumps(0, 31, 12)), start)).toContain('12 %');
  });

  test('disturbed: what changed between two looks; what is unknown did not', () => {
    const cool: PhoneHealth = healthOf(dumps(0, 31));
    expect(disturbanceBetween(cool, cool)).toBeNull();
    expect(disturbanceBetween(cool, healthOf(dumps(2, 45)))).toBe('thermal status 0 before and 2 after');
    expect(disturbanceBetween(cool, { ...cool, plugged: true, screenOn: true, governor: 'powersave' })).toBe('the charger was plugged in; the screen was switched on; the clock policy changed from schedutil+walt to powersave');
    expect(disturbanceBetween(healthOf(''), { ...cool, thermalStatus: 0 })).toBeNull();
  });
});
