import { describe, expect, test } from 'vitest';
import { knownProductTypes, modelOf } from '../../../../device-harness/devices/iphone/product-types.ts';
import { isVirtualIphone, virtualProduct } from '../../../../device-harness/devices/iphone/virtual-selector.ts';
import { parseDevice } from '../../../../models/contracts/selectors.ts';

describe('iPhones by their names', () => {
  test('every ProductType leads to a chip of the rules\' table', () => {
    for (const type of knownProductTypes()) expect(modelOf(type), type).toMatchObject({ name: expect.stringMatching(/^iPhone/), chip: { chip: expect.stringMatching(/^A1\d/) } });
    expect(knownProductTypes().length).toBeGreaterThan(30);
    expect(modelOf('iPad16,6')).toEqual({ name: null, chip: null });
  });

  test.each([['virtual:"iPhone 13 Pro"', 'iPhone14,2'], ['virtual:A15', 'iPhone14,2'], ['virtual:"A18 Pro#2"', 'iPhone17,1'], ['virtual:iphone17,3', 'iPhone17,3']])('%s is a %s', (text, type) => {
    const selector = parseDevice(text);
    expect(isVirtualIphone(selector)).toBe(true);
    expect(virtualProduct(selector)).toBe(type);
  });

  test('what is no iPhone, and one that nobody knows', () => {
    expect([parseDevice('virtual:SM8650'), parseDevice('iphone'), parseDevice('host')].map(isVirtualIphone)).toEqual([false, false, false]);
    expect(() => virtualProduct(parseDevice('virtual:"iPhone 99"'))).toThrow('There is no iPhone "iPhone 99" in the table.');
  });
});
