import { expect, test } from 'vitest';
import { crdToDcrRewrite } from '../../../../converters/rewrites/permute/crd-to-dcr.ts';
import { permuteEncodings } from '../../../../converters/rewrites/permute/encodings.ts';
import { readModel } from '../../../../models/onnx/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { fixture } from '../../../support/paths.ts';
import { rewriteModel } from './apply.ts';

const ORDER = [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11];
const rows = { tensor: 'w', as: 'w', axis: 0, order: ORDER, perChannel: true };
const columns = { tensor: 'w', as: 'w', axis: 1, order: ORDER, perChannel: false };
const twelve = ORDER.map((_, k) => k / 8);
const moved = ORDER.map((from) => from / 8);

test('0.6.1: lists follow output channels, single entries and input channels stay', () => {
  const entry = (scale: number) => ({
    bitwidth: 8,
    dtype: 'int',
    is_symmetric: 'True',
    max: scale * 127,
    min: scale * -128,
    offset: -128,
    scale,
  });
  const file = {
    version: '0.6.1',
    activation_encodings: { relu: [{ bitwidth: 8, offset: -114, scale: 0.0185 }] },
    param_encodings: { w: twelve.map(entry), other: [entry(1)] },
    quantizer_args: { dtype: 'int' },
  };
  const frozen = JSON.stringify(file);
  expect(permuteEncodings(file, [rows])).toEqual({ ...file, param_encodings: { w: moved.map(entry), other: [entry(1)] } });
  expect(permuteEncodings(file, [{ ...rows, tensor: 'other', as: 'other' }])).toEqual(file);
  expect(permuteEncodings(file, [columns])).toEqual(file);
  expect(JSON.stringify(file)).toBe(frozen);
});

test('a copy under a new name gets an entry of its own, computed from the old one', () => {
  const file = { version: '0.6.1', activation_encodings: {}, param_encodings: { w: twelve } };
  const reversed = { ...rows, order: [...ORDER.keys()].reverse() };
  const out = permuteEncodings(file, [reversed, { ...rows, as: 'w_1' }]);
  expect(out.param_encodings).toEqual({ w: twelve.toReversed(), w_1: moved });
});

test('1.0.0: scale, offset and block scales', () => {
  const blocks = twelve.flatMap((s) => [s, s + 100]);
  const file = {
    version: '1.0.0',
    activation_encodings: [],
    param_encodings: [
      { name: 'w', enc_type: 'PER_CHANNEL', dtype: 'INT', bw: 8, is_sym: true, scale: twelve, offset: twelve.map((s) => -s) },
      { name: 'l', enc_type: 'LPBQ', dtype: 'INT', bw: 8, block_size: 64, scale: twelve, offset: twelve, per_block_int_scale: blocks },
      { name: 'f', enc_type: 'PER_TENSOR', dtype: 'FLOAT', bw: 16 },
    ],
  };
  const [w, l, f] = permuteEncodings(file, [rows, { ...rows, tensor: 'l', as: 'l' }, { ...rows, tensor: 'f', as: 'f' }]).param_encodings;
  expect(w).toEqual({ ...file.param_encodings[0], scale: moved, offset: moved.map((s) => -s) });
  expect(l).toEqual({ ...file.param_encodings[1], scale: moved, offset: moved, per_block_int_scale: moved.flatMap((s) => [s, s + 100]) });
  expect(f).toEqual(file.param_encodings[2]);
  expect(() => permuteEncodings(file, [{ ...columns, tensor: 'l', as: 'l' }])).toThrow(/blocks along an axis that was permuted/);
});

test('2.0.0: the axis is stated; nested block scales', () => {
  const file = {
    version: '2.0.0',
    encodings: [
      { name: 'relu', output_dtype: 'uint8', y_scale: 0.0185, y_zero_point: 114 },
      { name: 'w', output_dtype: 'int8', y_scale: twelve, axis: 0 },
      { name: 'b', output_dtype: 'int4', y_scale: twelve.map((s) => [s, s + 1]), axis: 1, block_size: 64 },
    ],
  };
  const [relu, w, b] = permuteEncodings(file, [rows, { ...rows, tensor: 'b', as: 'b' }]).encodings;
  expect(relu).toBe(file.encodings[0]);
  expect(w?.y_scale).toEqual(moved);
  expect(b?.y_scale).toEqual(moved.map((s) => [s, s + 1]));
  expect(permuteEncodings(file, [columns]).encodings[1]?.y_scale).toEqual(twelve);
  expect(() => permuteEncodings(file, [{ ...columns, tensor: 'b', as: 'b' }])).toThrow(/blocks/);
});

test('wrong files and wrong counts are said', () => {
  expect(() => permuteEncodings({ tensors: [] }, [])).toThrow(/no encodings file/);
  expect(() => permuteEncodings(null, [])).toThrow(/no encodings file/);
  expect(() => permuteEncodings({ param_encodings: { w: [1, 2, 3] } }, [rows])).toThrow('"w" has 3 encodings for 12 channels');
});

test('what crd-to-dcr reports fits the weights it wrote', () => {
  const { proto } = readModel(fixture('exports/plain_clip_x2_op17.onnx'));
  const { proto: after, fired } = rewriteModel(proto, [crdToDcrRewrite]);
  const norms = (model: typeof proto) => {
    const weights = Tensor.fromProto(model.graph?.initializer?.find((t) => t.name === 'last.weight') ?? {}).numbers();
    return Array.from({ length: 12 }, (_, o) => weights.subarray(o * 144, (o + 1) * 144).reduce((a, w) => a + Math.abs(w), 0));
  };
  const out = permuteEncodings(
    { param_encodings: { 'last.weight': norms(proto) } },
    fired.flatMap((f) => f.encodings ?? []),
  );
  expect(out.param_encodings['last.weight']).toEqual(norms(after));
  expect(out.param_encodings['last.weight']).not.toEqual(norms(proto));
});
