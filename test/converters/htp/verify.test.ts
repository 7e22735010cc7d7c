import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { htpExecutor, type HtpToolchain, verifyOnHtp, writeReproducers } from '../../../converters/htp/index.ts';
import { resolveSoc } from '../../../converters/rules/index.ts';
import { type Environment, findEnvironment } from '../../../converters/toolchain/environment.ts';
import type { NdArray } from '../../../models/contracts/index.ts';
import { float } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { createHostExecutor, readNpy } from '../../../models/run/index.ts';
import { buildModel, type ModelSpec, toBytes } from '../../support/build-model.ts';
import { bitEqual } from '../../support/compare.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { runOrt } from '../../support/ort.ts';
import { fixture } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const host = createHostExecutor({ threads: 1 });
const image: readonly ['float32', readonly number[]] = ['float32', [1, 4, 9, 9]];

const about = ({ packages }: HtpToolchain) => ({ chip: 'SM8550', build: null, packages, options: { soc_model: '43', enable_htp_fp16_precision: '1' } });

describe.skipIf(!htpToolchain)(`emulated against ONNX Runtime${htpMissing}`, () => {
  const toolchain = htpToolchain as HtpToolchain;
  const emulator = htpToolchain ? htpExecutor(toolchain, resolveSoc('SM8550').soc) : null;
  afterAll(() => Promise.all([host.close(), toolchain.close()]));
  const verify = (modelPath: string) => verifyOnHtp({ modelPath, emulator: emulator as NonNullable<typeof emulator>, host });
  const write = (spec: ModelSpec): string => {
    const path = temporary('model.onnx');
    writeFileSync(path, toBytes(buildModel(spec)));
    return path;
  };

  test.each(['plain_clip_x2_op17', 'sesr_m3_op17', 'vap_block_op11'])('%s is right', async (name) => {
    const { findings, outputs, inputs } = await verify(fixture('exports', `${name}.onnx`));
    expect(findings).toEqual([]);
    expect(inputs).toBe(2);
    for (const { db, verdict } of outputs.values()) expect([verdict, db > 65]).toEqual(['explained', true]);
  });

  test.each([
    ['plain_clip_x2_op10_sixd', ['/Clip', '/Clip_1', '/Clip_2', '/Clip_3'], 'Clip'],
    ['uint8_io_op17', ['/Cast'], 'Cast'],
  ])('%s is accepted and wrong: at %s, each alone, too', async (name, labels, opType) => {
    const { findings, reproducers } = await verify(fixture('exports', `${name}.onnx`));
    expect(findings).toMatchObject(labels.map((node) => ({ severity: 'wrong-result', evidence: 'emulated', target: 'htp:SM8550', node, opType, confidence: 'very high' })));
    expect(reproducers).toMatchObject(labels.map((node) => ({ node, opType })));
  });

  test('the wrong node is found behind forty right ones, after a branch', async () => {
    const step = Tensor.of('float32', [], [0.05]);
    const chain = Array.from({ length: 40 }, (_, i) => ['Add', [i === 0 ? 'x' : `v${i - 1}`, 'step'], [`v${i}`], {}, { name: `add${i}` }] as const);
    const path = write({
      opset: 10, inputs: { x: image }, outputs: { y: image, z: image }, initializers: { step },
      nodes: [...chain, ['Neg', ['v39'], ['z'], {}, { name: 'branch' }], ['Clip', ['v39'], ['c'], { min: float(1), max: float(2) }, { name: 'clip' }], ['Neg', ['c'], ['y'], {}, { name: 'tail' }]],
    });
    const verification = await verify(path);
    expect(verification.findings.map(({ node }) => node)).toEqual(['clip']);
    expect(verification.outputs.get('y')?.verdict).toBe('wrong');
    expect(verification.outputs.get('z')?.verdict).toBe('explained');
  });

  test('several wrong operators are all named, each with its own reproducer', async () => {
    const offset = Tensor.of('float32', [], [0.25]);
    const path = write({
      opset: 10, inputs: { x: image, u: ['uint8', [1, 4, 9, 9]] }, outputs: { y: image, z: image }, initializers: { offset },
      nodes: [
        ['Clip', ['x'], ['c'], { min: float(0), max: float(0.5) }, { name: 'first' }], ['Add', ['c', 'offset'], ['a'], {}, { name: 'right' }],
        ['Clip', ['a'], ['y'], { max: float(0.6) }, { name: 'second' }], ['Cast', ['u'], ['f'], { to: 1 }, { name: 'third' }], ['Mul', ['f', 'offset'], ['z'], {}, { name: 'also right' }],
      ],
    });
    const { findings, reproducers } = await verify(path);
    expect(findings.map(({ node, severity }) => [node, severity])).toEqual([['first', 'wrong-result'], ['second', 'wrong-result'], ['third', 'wrong-result']]);
    expect(reproducers.map(({ node }) => node)).toEqual(['first', 'second', 'third']);
    const folders = await writeReproducers(reproducers, temporary('several'), about(toolchain));
    expect(folders.map((folder) => basename(folder))).toEqual(['1-first', '2-second', '3-third']);
  });

  test('the user\'s own inputs are run first: what only they show is found', async () => {
    const path = write({ opset: 10, inputs: { x: image }, outputs: { y: image }, nodes: [['Clip', ['x'], ['y'], { min: float(-100), max: float(100) }, { name: 'clip' }]] });
    expect((await verify(path)).findings).toEqual([]);
    const feeds = [new Map([['x', { dtype: 'float32' as const, dims: image[1], data: Float32Array.from({ length: 324 }, (_, i) => i) }]])];
    const { findings, inputs } = await verifyOnHtp({ modelPath: path, emulator: emulator as NonNullable<typeof emulator>, host, feeds });
    expect([inputs, findings.map(({ node }) => node)]).toEqual([3, ['clip']]);
  });

  test('a reproducer can be sent: public packages alone show it', async () => {
    const { reproducers } = await verify(fixture('exports', 'plain_clip_x2_op10_sixd.onnx'));
    const folder = temporary('reproducer');
    expect(await writeReproducers(reproducers.slice(0, 1), folder, about(toolchain))).toEqual([folder]);
    expect(readdirSync(folder).sort()).toEqual(['README.md', 'about.json', 'emulated-0.npy', 'expected-0.npy', 'input-0.npy', 'model.onnx', 'show.py']);
    const stated = JSON.parse(readFileSync(`${folder}/about.json`, 'utf8')) as { files: Record<string, string>; packages: Record<string, string>; db: number };
    expect(stated.packages['onnxruntime-qnn']).toMatch(/^2\./);
    expect(stated.db).toBeLessThan(30);
    const outputs = await runOrt(`${folder}/model.onnx`, { [stated.files['input-0.npy'] as string]: readNpy(`${folder}/input-0.npy`) });
    const expected = outputs.get(stated.files['expected-0.npy'] as string) as NdArray;
    const emulated = readNpy(`${folder}/emulated-0.npy`);
    expect(bitEqual(expected, readNpy(`${folder}/expected-0.npy`))).toBe(true);
    const largest = Math.max(...Array.from(expected.data as Float32Array, (value, i) => Math.abs(value - (emulated.data[i] as number))));
    const shown = execFileSync((findEnvironment() as Environment).python, ['show.py'], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    expect(Number(/largest difference (\S+)/.exec(shown)?.[1])).toBeCloseTo(largest, 5);
    expect(readFileSync(`${folder}/README.md`, 'utf8')).toContain(`onnxruntime-qnn==${stated.packages['onnxruntime-qnn']}`);
  });

  test('a folder of something else is not overwritten', async () => {
    const folder = temporary('full');
    mkdirSync(folder);
    writeFileSync(`${folder}/mine.txt`, 'mine');
    await expect(writeReproducers([], folder, about(toolchain))).rejects.toThrow(/holds other files/);
  });

  test('a quantized model is held against its QDQ model', async () => {
    const f = (value: number) => Tensor.of('float32', [], [value]);
    const u8 = (value: number) => Tensor.of('uint8', [], [value]);
    const weights = Tensor.of('int8', [4, 4, 3, 3], Array.from({ length: 144 }, (_, i) => Math.round(100 * Math.sin(i))));
    const path = write({
      inputs: { x: image }, outputs: { y: image },
      initializers: { s: f(1 / 255), z: u8(0), ws: f(1 / 400), wz: Tensor.of('int8', [], [0]), w: weights, os: f(1 / 60), oz: u8(128) },
      nodes: [
        ['QuantizeLinear', ['x', 's', 'z'], ['q']], ['DequantizeLinear', ['q', 's', 'z'], ['d']], ['DequantizeLinear', ['w', 'ws', 'wz'], ['k']],
        ['Conv', ['d', 'k'], ['c'], { pads: [1, 1, 1, 1] }], ['QuantizeLinear', ['c', 'os', 'oz'], ['r']], ['DequantizeLinear', ['r', 'os', 'oz'], ['y']],
      ],
    });
    const { arithmetic, findings, outputs } = await verify(path);
    expect([arithmetic, findings]).toEqual(['int8', []]);
    expect(outputs.get('y')?.db).toBeGreaterThan(45);
  });

  test('values beyond fp16 are an overflow, not a wrong result', async () => {
    const big = Tensor.of('float32', [], [1e5]);
    const path = write({ inputs: { x: image }, outputs: { y: image }, initializers: { big }, nodes: [['Relu', ['x'], ['r']], ['Mul', ['r', 'big'], ['y']]] });
    const { findings } = await verify(path);
    expect(findings.map(({ severity }) => severity)).toEqual(['overflow']);
  });

  test('an overflow inside that spoils what comes after it is named where it begins', async () => {
    const [big, small] = [Tensor.of('float32', [], [3e4]), Tensor.of('float32', [], [1e-4])];
    const path = write({
      inputs: { x: image }, outputs: { y: image }, initializers: { big, small, four: Tensor.of('float32', [], [4]) },
      nodes: [['Relu', ['x'], ['r']], ['Add', ['r', 'four'], ['a'], {}, { name: 'offset' }], ['Mul', ['a', 'big'], ['m'], {}, { name: 'scale' }], ['Sigmoid', ['m'], ['s']], ['Mul', ['m', 'small'], ['t']], ['Sub', ['t', 's'], ['y']]],
    });
    const { findings } = await verify(path);
    expect(findings).toMatchObject([{ severity: 'overflow', node: 'scale', evidence: 'emulated' }]);
  });
});
