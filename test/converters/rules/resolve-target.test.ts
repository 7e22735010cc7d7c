import { describe, expect, test } from 'vitest';
import { HTP_SOCS, resolveTarget } from '../../../converters/rules/index.ts';
import { formatSelector, parseDevice, parseTarget, parseTargets, UserError } from '../../../models/contracts/index.ts';

describe('selectors', () => {
  test.each([['host', 'host', null], ['ane', 'ane', null], ['ane:A15', 'ane', 'A15'], ['ane:"iPhone 13 Pro"', 'ane', 'iPhone 13 Pro'], ['htp:v75', 'htp', 'v75'], ['HTP:SM8550', 'htp', 'SM8550']])('%s', (text, kind, hardware) => {
    expect(parseTarget(text)).toEqual({ kind, hardware });
  });
  test('a list, and back to text', () => {
    expect(parseTargets('ane:"iPhone 13 Pro", htp:SM8550').map(formatSelector)).toEqual(['ane:"iPhone 13 Pro"', 'htp:SM8550']);
  });
  test.each(['npu', 'host:1', '', 'gpu:A15'])('"%s" is refused with the grammar', (text) => {
    expect(() => parseTarget(text)).toThrow(UserError);
  });
  test.each(['emulator', 'host:x', 'mac:1', 'virtual'])('device "%s" is refused', (text) => {
    expect(() => parseDevice(text)).toThrow(UserError);
  });
  test('devices', () => {
    expect(parseDevice('iphone')).toEqual({ kind: 'iphone', id: null });
    expect(parseDevice('emulator:SM8550')).toEqual({ kind: 'emulator', id: 'SM8550' });
  });
});

describe('hardware', () => {
  test.each([
    ['ane:A15', 'ane:A15', 14], ['ane:"iPhone 13 Pro"', 'ane:A15', 14], ['ane:iphone13pro', 'ane:A15', 14], ['ane:"A17 Pro"', 'ane:"A17 Pro"', 16], ['ane:M1', 'ane:M1', 13],
    ['htp:SM8550', 'htp:SM8550', 73], ['htp:sm8650-ac', 'htp:SM8650', 75], ['htp:v75', 'htp:SM8650', 75], ['htp:v81', 'htp:SM8850', 81], ['htp:"Snapdragon 8 Gen 3"', 'htp:SM8650', 75], ['htp:"8 elite"', 'htp:SM8750', 79],
  ])('%s is %s', (text, label, generation) => {
    expect(resolveTarget(text)).toMatchObject({ label, generation });
  });
  test('a Hexagon version says which chip it stands for', () => {
    expect(resolveTarget('htp:v75').note).toContain('SM8650');
    expect(resolveTarget('htp').note).toContain('SM8550');
  });
  test.each(['htp:SM8250', 'htp:v66', 'htp:SM9999', 'ane:A11', 'ane:"Pixel 8"'])('%s is refused', (text) => {
    expect(() => resolveTarget(text)).toThrow(UserError);
  });
  test('every chip with an HTP resolves to itself', () => {
    for (const soc of HTP_SOCS.filter((s) => s.hexagon >= 68)) expect(resolveTarget(`htp:${soc.chip}`).generation).toBe(HTP_SOCS.find((s) => s.chip === soc.chip)?.hexagon);
  });
});

test('an HTP target may name the SDK that will compile for it', () => {
  expect(resolveTarget('htp:SM8650@2.28')).toMatchObject({ label: 'htp:SM8650@2.28', sdk: [2, 28], generation: 75 });
  expect(resolveTarget('htp:"Snapdragon 8 Gen 3"@v2.31.0.250130')).toMatchObject({ label: 'htp:SM8650@2.31', sdk: [2, 31] });
  expect(resolveTarget('htp:SM8650').sdk).toBeNull();
  expect(() => resolveTarget('htp:SM8650@new')).toThrow(/no version of the SDK/);
});
