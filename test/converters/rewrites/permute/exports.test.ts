import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { crdToDcrRewrite, dcrToCrdRewrite } from '../../../../converters/rewrites/permute/crd-to-dcr.ts';
import { readModel } from '../../../../models/onnx/index.ts';
import { readNpy } from '../../../support/npy.ts';
import { runOrt } from '../../../support/ort.ts';
import { fixture } from '../../../support/paths.ts';
import { rewriteModel } from './apply.ts';

const PLAIN = [
  ['plain_anchor_x2_op17', 'output'],
  ['plain_anchor_x2_dynamo', 'output'],
  ['plain_clip_x2_op17', 'output'],
  ['plain_clip_x3_dynamo', 'output'],
  ['plain_prelu_x2_op13', 'output'],
] as const;

test.each(PLAIN)('%s: DCR, bit-equal in ONNX Runtime and near PyTorch', async (name, output) => {
  const path = fixture('exports', `${name}.onnx`);
  const { proto, bytes, fired } = rewriteModel(readModel(path).proto, [crdToDcrRewrite]);
  expect(fired).toHaveLength(1);
  expect(fired[0]?.exactness ?? 'bit').toBe('bit');
  const input = readNpy(fixture('exports', `${name}.input.npy`));
  const feeds = { [proto.graph?.input?.[0]?.name ?? '']: input };
  const before = (await runOrt(readFileSync(path), feeds)).get(output);
  const after = (await runOrt(bytes, feeds)).get(output);
  expect(after).toEqual(before);
  const stored = readNpy(fixture('exports', `${name}.output.npy`));
  expect(Math.max(...[...stored.data].map((v, i) => Math.abs(Number(v) - Number(after?.data[i]))))).toBeLessThan(1e-5);
  const shuffle = proto.graph?.node?.find((node) => node.opType === 'DepthToSpace');
  expect(Buffer.from(shuffle?.attribute?.find((a) => a.name === 'mode')?.s ?? []).toString()).toBe('DCR');
});

test('and back: every weight has its old bytes', () => {
  const proto = readModel(fixture('exports/plain_prelu_x2_op13.onnx')).proto;
  const there = rewriteModel(proto, [crdToDcrRewrite]).proto;
  const back = rewriteModel(there, [dcrToCrdRewrite]).proto;
  const payloads = (from: typeof proto) =>
    new Map(from.graph?.initializer?.map((t) => [t.name, Buffer.from(t.rawData ?? []).toString('hex')]));
  expect(payloads(there)).not.toEqual(payloads(proto));
  expect(payloads(back)).toEqual(payloads(proto));
});

test('a second run changes no byte', () => {
  const once = rewriteModel(readModel(fixture('exports/plain_anchor_x2_dynamo.onnx')).proto, [crdToDcrRewrite]);
  const twice = rewriteModel(once.proto, [crdToDcrRewrite]);
  expect(twice.fired).toHaveLength(0);
  expect(twice.bytes).toEqual(once.bytes);
});
