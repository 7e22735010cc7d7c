import { describe, expect, test } from 'vitest';
import { checkWeightScheme, parseWeightScheme } from '../../../../converters/coreml/compress/weight-scheme.ts';

describe('schemes of weights', () => {
  test.each([
    ['int8', null, { kind: 'integer', bits: 8, block: null }],
    ['int4-block32', null, { kind: 'integer', bits: 4, block: 32 }],
    ['palette6', null, { kind: 'palette', bits: 6, group: null }],
    ['palette3-group16', null, { kind: 'palette', bits: 3, group: 16 }],
    ['prune62.5', 0.625, null],
    ['prune50 + palette4', 0.5, { kind: 'palette', bits: 4, group: null }],
  ])('%s', (text, pruned, coding) => {
    expect(parseWeightScheme(text)).toEqual({ text, pruned, coding });
  });

  test.each(['', 'int5', 'palette5', 'palette7', 'palette9', 'prune0', 'prune100', 'prune', 'int8+palette4', 'prune20+prune30', 'int4-block0', 'int4-block', 'INT8', 'int8-group4', 'prune50+'])('"%s" is none', (text) => {
    expect(() => parseWeightScheme(text)).toThrow(/is no way to store weights/);
  });

  test.each([
    ['int8', 16], ['palette4', 16], ['palette1', 16], ['prune50', 16], ['palette3', 18], ['palette4-group8', 18], ['int4', 18], ['int8-block16', 18], ['prune50+int8', 18], ['prune50+palette2', 18],
  ])('%s is in Core ML from iOS %i on', (text, release) => {
    const scheme = parseWeightScheme(text);
    for (const opset of ['iOS15', 'iOS16', 'iOS17', 'iOS18', 'iOS26'] as const) {
      const check = (): void => checkWeightScheme(scheme, opset);
      if (Number(opset.slice(3)) >= release) expect(check).not.toThrow();
      else expect(check).toThrow(new RegExp(`from iOS ${release} on`));
    }
  });
});
