import { describe, expect, test } from 'vitest';
import { COMPRESSIONS, formatStep, parseCompression } from '../../../converters/compress/index.ts';

describe('specs', () => {
  test.each([
    'fp16', 'fp16:faces', 'fp16-storage', 'bf16-storage', 'dynamic', 'dynamic:tensor', 'magnitude:0.3', 'magnitude:0.3:layer', 'neurons:0.25', 'neurons:0.25:compensated', 'heads:0.5', 'heads:0.5:compensated',
    'heads:0.25+neurons:0.5+magnitude:0.1+dynamic+fp16-storage', 'neurons:0.5+heads:0.25',
  ])('%s is read and written again', (text) => {
    expect(parseCompression(text).map(formatStep).join('+')).toBe(text);
  });

  test('shares as people write them, blanks around +', () => {
    expect(parseCompression(' magnitude:.5 + fp16 ').map(formatStep)).toEqual(['magnitude:0.5', 'fp16']);
    expect(parseCompression('heads:0')).toEqual([{ kind: 'heads', share: 0, compensated: false }]);
  });

  test('every form that help shows is one', () => {
    for (const { form } of COMPRESSIONS) expect(() => parseCompression(form.replace('SHARE', '0.25'))).not.toThrow();
  });

  test.each([
    ['', /is no compression/], ['fp8', /"fp8" is no compression/], ['+', /is no compression/], ['fp16+', /"" is no compression/], ['FP16', /is no compression/],
    ['magnitude', /share from 0 to below 1/], ['magnitude:1', /share/], ['heads:1.5', /share/], ['heads:-0.1', /share/], ['neurons:half', /share/], ['neurons:NaN', /share/], ['neurons:1e-1', /share/], ['neurons:', /share/],
    ['magnitude:0.3:iterative', /trained in between/], ['magnitude:0.3:layer:layer', /not known there/], ['heads:0.5:layer', /not known there/], ['fp16:half', /not known there/], ['fp16-storage:x', /not known there/],
    ['fp16+fp16-storage', /two ways/], ['dynamic+fp16', /two ways/], ['fp16+dynamic', /dynamic comes after fp16/], ['fp16+heads:0.5', /heads:0.5 comes after fp16/], ['magnitude:0.5+neurons:0.5', /comes after magnitude/],
    ['heads:0.2+heads:0.3', /another step of that kind/], ['fp16-storage+bf16-storage', /another step of that kind/],
  ])('"%s" is refused', (text, reason) => {
    expect(() => parseCompression(text)).toThrow(reason);
    try {
      parseCompression(text);
    } catch (error) {
      expect(error).toMatchObject({ exitCode: 2, nextSteps: [expect.any(String)] });
    }
  });
});
