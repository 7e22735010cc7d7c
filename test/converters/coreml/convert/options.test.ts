import { expect, test } from 'vitest';
import { checkOptions, parseMinIos, parseRenames } from '../../../../converters/coreml/options.ts';

test('--min-ios takes the systems that have an operator set, and names them', () => {
  expect(['15', '16', 'iOS17', '18', '26'].map(parseMinIos)).toEqual(['iOS15', 'iOS16', 'iOS17', 'iOS18', 'iOS26']);
  for (const text of ['14', '19', '', 'x']) expect(() => parseMinIos(text)).toThrow(/no operator set/);
});

test('--rename splits at the last =, which ONNX names may have too', () => {
  expect([...parseRenames(['a=b', 'c=d=e'])]).toEqual([['a', 'b'], ['c=d', 'e']]);
  for (const texts of [['a'], ['=b'], ['a='], ['a=b', 'a=c']]) expect(() => parseRenames(texts)).toThrow(/rename/);
});

test('what a system does not have names the least that has it', () => {
  expect(() => checkOptions({ opset: 'iOS15', precision: 'fp16', ioDtype: 'fp16' })).toThrow(/from iOS 16 on/);
  expect(() => checkOptions({ opset: 'iOS16', precision: 'fp16', ioDtype: 'fp16' })).not.toThrow();
});
