import { describe, expect, test } from 'vitest';
import { convertEncodings, type IntEncoding, readEncodings } from '../../../converters/encodings/index.ts';

const legacy = (param_encodings: object, activation_encodings: object = {}, more: object = {}) => ({
  version: '0.6.1',
  activation_encodings,
  param_encodings,
  ...more,
});
const modern = (param_encodings: object[], activation_encodings: object[] = [], more: object = {}) => ({
  version: '1.0.0',
  activation_encodings,
  param_encodings,
  ...more,
});
const qdq = (...encodings: object[]) => ({ version: '2.0.0', encodings });
const channel = (more: object = {}) => ({
  bitwidth: 8,
  dtype: 'int',
  is_symmetric: 'False',
  scale: 0.5,
  offset: -10,
  min: -5,
  max: 122.5,
  ...more,
});
const tensor1 = (more: object = {}) => ({
  name: 'a',
  enc_type: 'PER_TENSOR',
  dtype: 'INT',
  bw: 8,
  is_sym: false,
  scale: [0.5],
  offset: [-10],
  ...more,
});
const tensor2 = (more: object = {}) => ({ name: 'a', output_dtype: 'uint8', y_scale: 0.5, y_zero_point: 10, ...more });
const read = (json: object) => readEncodings(JSON.stringify(json));
const first = (json: object) => [...read(json).encodings.values()][0] as IntEncoding;

describe('offsets', () => {
  test('the negative zero point of unsigned codes; 2.0.0 states the zero point itself', () => {
    const grids = [legacy({}, { a: [channel()] }), modern([], [tensor1()]), qdq(tensor2())].map((json) => first(json));
    for (const { bits, signed, scale, zeroPoint } of grids)
      expect({ bits, signed, scale, zeroPoint }).toEqual({ bits: 8, signed: false, scale: [0.5], zeroPoint: [10] });
  });
  test.each([
    [4, -8],
    [8, -128],
    [16, -32768],
    [32, -(2 ** 31)],
  ])('%i bits symmetric: offset %i is zero at code 0', (bw, offset) => {
    expect(first(modern([tensor1({ bw, is_sym: true, offset: [offset] })]))).toMatchObject({ bits: bw, signed: true, zeroPoint: [0] });
  });
  test('scale and offset follow from min and max where they are missing', () => {
    const { scale: _, offset: __, ...ends } = channel();
    expect(first(legacy({ w: [ends] }))).toMatchObject({ scale: [0.5], zeroPoint: [10] });
  });
  test('strict symmetric ranges may state their topmost code or not', () => {
    for (const max of [63.5, 64]) {
      expect(first(legacy({ w: [channel({ is_symmetric: 'True', offset: -127, min: -63.5, max })] }))).toMatchObject({
        strict: true,
        zeroPoint: [-1],
      });
    }
  });
});

describe('grids that contradict themselves or cannot be', () => {
  const scaled = (scale: number) => qdq(tensor2({ y_scale: scale }));
  test.each<readonly [string, object, string]>([
    ['zero scale', scaled(0), 'scale 0, which is not positive'],
    ['negative scale', scaled(-0.1), 'is not positive'],
    ['subnormal scale', scaled(1e-40), 'below the smallest normal float32'],
    ['huge scale', scaled(1e39), 'beyond float32'],
    ['a channel with zero scale', legacy({ w: [channel(), channel({ scale: 0, min: 0, max: 0 })] }), 'scale 0 in channel 1'],
    ['offset above zero', modern([], [tensor1({ offset: [3] })]), 'zero at code -3, outside of the unsigned 8-bit codes 0 to 255'],
    ['offset below the range', modern([], [tensor1({ offset: [-256] })]), 'outside of the unsigned 8-bit codes'],
    ['fractions of codes', modern([], [tensor1({ offset: [-10.5] })]), 'zero at code 10.5'],
    [
      'zero point of another type',
      qdq(tensor2({ output_dtype: 'int8', y_zero_point: 200 })),
      'outside of the signed 8-bit codes -128 to 127',
    ],
    ['min against scale', legacy({ w: [channel({ min: -5.3 })] }), 'min -5.3, but scale and offset make it -5'],
    ['max against scale', legacy({ w: [channel(), channel({ max: 200 })] }), 'max 200 in channel 1'],
    [
      'neither scale nor ends',
      legacy({ w: [{ bitwidth: 8, dtype: 'int', is_symmetric: 'True' }] }),
      'neither scale and offset nor min and max',
    ],
    ['an empty range', legacy({ w: [{ bitwidth: 8, min: 0, max: 0 }] }), 'scale 0'],
    ['channels of different widths', legacy({ w: [channel(), channel({ bitwidth: 4, max: 2.5 })] }), 'different bit widths'],
    ['channels of different kinds', legacy({ w: [channel(), channel({ is_symmetric: 'True' })] }), 'some are symmetric'],
    ['more offsets than scales', modern([tensor1({ enc_type: 'PER_CHANNEL', scale: [1, 2], offset: [0] })]), '2 scales and 1 offsets'],
    ['several scales per tensor', modern([tensor1({ scale: [1, 2], offset: [0, 0] })]), 'PER_TENSOR and has 2 scales'],
    ['several scales and no axis', qdq(tensor2({ y_scale: [1, 2], y_zero_point: [0, 0] })), '2 scales and no axis'],
    ['ragged scales', qdq(tensor2({ y_scale: [[1, 2], [3]], axis: 1, block_size: 2 })), 'ragged'],
    ['blocks without axis', qdq(tensor2({ y_scale: [[1, 2]], y_zero_point: [[0, 0]], block_size: 2 })), 'block_size and no axis'],
    ['bits beyond 32', modern([tensor1({ bw: 33 })]), 'whole number from 2 to 32'],
    ['a text for a number', modern([tensor1({ scale: ['0.5'] })]), 'should be a list of numbers'],
    ['another truth', modern([tensor1({ is_sym: 'maybe' })]), 'should be true or false'],
    ['vector quantization', modern([tensor1({ enc_type: 'VECTOR' })]), 'enc_type "VECTOR"'],
    ['a type of 2.1.0', qdq(tensor2({ y_scale: { x: [1], x_scale: 0.1 } })), 'version 2.1.0'],
    ['a plain float in 2.0.0', qdq({ name: 'a', output_dtype: 'float16', y_scale: 1 }), 'output_dtype "float16"'],
    [
      'LPBQ with odd block scales',
      modern([tensor1({ enc_type: 'LPBQ', compressed_bw: 4, block_size: 2, is_sym: true, offset: [-128], per_block_int_scale: [0] })]),
      'block scale 0',
    ],
  ])('%s', (_, json, message) => {
    expect(() => read(json)).toThrow(message);
    expect(() => read(json)).toThrow(/The encoding of "(a|w)"/);
  });
});

describe('files', () => {
  test.each<readonly [string, string, RegExp]>([
    ['no JSON', '{"version": ', /no JSON/],
    ['cut off', JSON.stringify(modern([tensor1()])).slice(0, -9), /no JSON/],
    [
      'NaN, as Python writes it',
      '{"version":"2.0.0","encodings":[{"name":"a","output_dtype":"int8","y_scale":NaN}]}',
      /has NaN where a number should be/,
    ],
    ['-Infinity', '{"version":"2.0.0","encodings":[{"name":"a","output_dtype":"int8","y_scale":[1, -Infinity]}]}', /has -Infinity/],
    ['a list', '[]', /holds no object/],
    ['null', 'null', /holds no object/],
    ['something else', '{"tensors":[]}', /neither/],
    ['an unknown version', '{"version":"3.0.0","encodings":[]}', /Version "3.0.0".*not known/],
    ['2.1.0', '{"version":"2.1.0","encodings":[]}', /Version "2.1.0".*not known/],
    ['no version and lists', '{"param_encodings":[],"activation_encodings":[]}', /states no version/],
    ['mixed versions', '{"version":"2.0.0","encodings":[],"param_encodings":{}}', /lists of 0.6.1 or 1.0.0/],
    [
      'a version that the lists are not of',
      JSON.stringify({ ...modern([]), version: '0.6.1' }),
      /states version 0.6.1 and is written as 1.0.0/,
    ],
    ['one list of each', '{"version":"1.0.0","param_encodings":{"w":[]},"activation_encodings":[]}', /param_encodings are no list/],
    ['entries of another version', JSON.stringify(qdq(tensor1())), /has no output_dtype/],
    ['no names', '{"version":"2.0.0","encodings":[{"output_dtype":"int8","y_scale":1}]}', /entry 0 of encodings has no name/],
    ['a name twice', JSON.stringify(qdq(tensor2(), tensor2())), /"a" has two encodings/],
    ['a name in both lists', JSON.stringify(modern([tensor1()], [tensor1()])), /"a" has two encodings/],
    [
      'a key twice',
      `{"version":"0.6.1","activation_encodings":{},"param_encodings":{"w":[${JSON.stringify(channel())}],"\\u0077":[${JSON.stringify(channel())}]}}`,
      /"w" stands twice/,
    ],
    ['an empty list', '{"version":"0.6.1","activation_encodings":{},"param_encodings":{"w":[]}}', /no list of encodings/],
  ])('%s', (_, text, message) => expect(() => readEncodings(text)).toThrow(message));

  test('names of any kind', () => {
    const names = ['', '重み/卷积.weight:0', '__proto__', 'a"b\\c', 'constructor', ' '];
    const file = readEncodings(JSON.stringify(qdq(...names.map((name) => tensor2({ name })))));
    expect([...file.encodings.keys()]).toEqual(names);
    for (const version of ['0.6.1', '1.0.0', '2.0.0'] as const) {
      const activations = {
        ...file,
        encodings: new Map([...file.encodings].map(([name, e]) => [name, { ...e, section: 'activation' as const }])),
      };
      expect([...readEncodings(JSON.stringify(convertEncodings(activations, version).json)).encodings.keys()]).toEqual(names);
    }
  });
  test('forerunners of 0.6.1, no version at all, a byte order mark, sections that are missing', () => {
    const { dtype: _, ...old } = channel();
    for (const version of ['0.4.0', '0.5.0', undefined])
      expect(first({ ...legacy({ w: [old] }), version })).toMatchObject({ bits: 8, zeroPoint: [10] });
    expect(readEncodings(`\ufeff${JSON.stringify({ version: '1.0.0', param_encodings: [] })}`).encodings.size).toBe(0);
  });
  test('100 000 entries', () => {
    const many = Array.from({ length: 100_000 }, (_, i) => tensor1({ name: `layer.${i}/weight` }));
    const file = read(modern(many));
    expect(file.encodings.size).toBe(100_000);
    expect(read(convertEncodings(file, '2.0.0').json).encodings.get('layer.99999/weight')).toMatchObject({ zeroPoint: [10] });
  });
});

describe('what a version cannot say', () => {
  const args = { quantizer_args: { activation_bitwidth: 8, is_symmetric: 'True', quant_scheme: 'post_training_tf' } };
  test.each<readonly [string, object, '0.6.1' | '1.0.0' | '2.0.0', RegExp]>([
    ['floats in 2.0.0', modern([], [{ name: 'h', enc_type: 'PER_TENSOR', dtype: 'FLOAT', bw: 16 }]), '2.0.0', /"h": 2.0.0 has no float16/],
    ['12 bits in 2.0.0', modern([], [tensor1({ bw: 12 })]), '2.0.0', /no uint12/],
    ['settings in 2.0.0', legacy({}, {}, args), '2.0.0', /quantizer_args/],
    ['excluded layers in 0.6.1', modern([], [], { excluded_layers: ['conv'] }), '0.6.1', /excluded_layers, 1/],
    ['small floats before 2.0.0', qdq({ name: 'a', output_dtype: 'float8e4m3fn', y_scale: 0.1 }), '1.0.0', /no float8e4m3fn/],
    ['the list, without the model', qdq(tensor2()), '1.0.0', /whether it is a parameter or an activation; name the model/],
    [
      'the axis, without the model',
      modern([tensor1({ enc_type: 'PER_CHANNEL', scale: [1, 2], offset: [0, 0] })]),
      '2.0.0',
      /which axis its channels lie along/,
    ],
    [
      'axes before 2.0.0, without the model',
      qdq(tensor2({ y_scale: [1, 2], y_zero_point: [0, 0], axis: 1 })),
      '0.6.1',
      /scales lie along axis 1; name the model/,
    ],
    ['fields of others', modern([], [tensor1({ note: 'x' })]), '2.0.0', /"a": the fields note/],
    ['fields of the file', modern([], [], { producer: 'x' }), '2.0.0', /the field "producer"/],
  ])('%s: an error, or a named loss', (_, json, to, message) => {
    const file = read(json);
    expect(() => convertEncodings(file, to)).toThrow(message);
    const { losses, json: written } = convertEncodings(file, to, { allowLoss: true });
    expect(losses.length).toBeGreaterThan(0);
    expect(() => read(written)).not.toThrow();
  });
  test('settings are texts in 0.6.1 and booleans in 1.0.0', () => {
    const there = convertEncodings(read(legacy({}, {}, args)), '1.0.0').json as typeof args;
    expect(there.quantizer_args).toEqual({ activation_bitwidth: 8, is_symmetric: true, quant_scheme: 'post_training_tf' });
    expect((convertEncodings(read(there), '0.6.1').json as typeof args).quantizer_args).toEqual(args.quantizer_args);
  });
  test('what nobody knows stays while the version does', () => {
    const json = { ...modern([], [tensor1({ note: 'x' })], { excluded_layers: ['conv'], producer: 'x' }) };
    expect(convertEncodings(read(json), '1.0.0').json).toEqual(json);
  });
});
