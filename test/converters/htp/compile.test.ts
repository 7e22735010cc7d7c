import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { compileForHtp, type HtpToolchain, isWhole, trafficOf } from '../../../converters/htp/index.ts';
import { HTP_SOCS, resolveSoc } from '../../../converters/rules/index.ts';
import { UserError } from '../../../models/contracts/index.ts';
import { Tensor, writeModel } from '../../../models/onnx/index.ts';
import { buildModel, type ModelSpec, toBytes } from '../../support/build-model.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { fixture } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const soc = (name: string) => resolveSoc(name).soc;
const file = (name: string, spec: ModelSpec): string => {
  const path = temporary(`${name}.onnx`);
  writeFileSync(path, toBytes(buildModel(spec)));
  return path;
};
const plain = fixture('exports', 'plain_clip_x2_op17.onnx');
const image: readonly ['float32', readonly number[]] = ['float32', [1, 4, 8, 8]];

describe.skipIf(!htpToolchain)(`Qualcomm's compiler${htpMissing}`, () => {
  const toolchain = htpToolchain as HtpToolchain;
  afterAll(() => toolchain.close());
  const compile = (modelPath: string, chip = 'SM8550', more = {}) => compileForHtp(toolchain, { modelPath, soc: soc(chip), ...more });

  test('a whole model: one graph, the reference tool\'s figures, layout transposes put to the account of those who want them', async () => {
    const report = await compile(plain);
    expect(isWhole(report)).toBe(true);
    expect([trafficOf(report), report.graphs[0]?.readBytes]).toEqual([{ all: 106496, spillFill: 0 }, 57344]);
    expect(report.build).toMatch(/^v2\.\d+/);
    const own = report.nodes.filter(({ inserted }) => inserted.length > 0).map(({ label, inserted }) => [label, inserted.map(({ opType }) => opType)]);
    expect(own).toEqual([['/body.0/Conv', ['Transpose']], ['/DepthToSpace', ['Transpose']]]);
    expect(report.nodes.filter(({ opType }) => opType === 'Conv').every(({ unit }) => unit === 'htp')).toBe(true);
    expect(report.peakBytes).toBeGreaterThan(2 ** 20);
  });

  test('the same question twice gives the same figures', async () => {
    const [a, b] = await Promise.all([compile(plain), compile(plain)]);
    expect(a.graphs).toEqual(b.graphs);
    expect(a.nodes).toEqual(b.nodes);
  });

  test('rank 6: three nodes stay on the CPU, each with the vendor\'s reason, under the user\'s names', async () => {
    const report = await compile(fixture('exports', 'grid_six_axes_op17.onnx'));
    expect(report.nodes.filter(({ unit }) => unit === 'cpu').map(({ label, reason }) => [label, reason])).toEqual(
      ['/Reshape', '/Transpose', '/Reshape_1'].map((label) => [label, 'A tensor has incorrect Rank 6.']),
    );
    expect([report.htpGraphs, report.cpuNodes, isWhole(report)]).toEqual([1, 3, false]);
  });

  test('nameless nodes and names given twice are told apart by position; the user\'s file is not touched', async () => {
    const path = file('names', {
      inputs: { x: image }, outputs: { y: image },
      nodes: [['Relu', ['x'], ['a']], ['Relu', ['a'], ['b'], {}, { name: 'r' }], ['Erf', ['b'], ['c'], {}, { name: 'r' }], ['Relu', ['c'], ['y']]],
    });
    const before = readFileSync(path);
    const report = await compile(path);
    expect(report.nodes.map(({ label, unit }) => [label, unit])).toEqual([['#0 Relu', 'htp'], ['r', 'htp'], ['r', 'cpu'], ['#3 Relu', 'htp']]);
    expect(report.nodes[2]?.reason).toBe('Operators of type `Erf` are not supported by QNN EP.');
    expect(report.htpGraphs).toBe(2);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('accepted and then out of memory on v68: the failure by name and code, with advice, and what was accepted', async () => {
    const { failure, nodes, graphs } = await compile(fixture('exports', 'vap_block_op17.onnx'), 'SM8350');
    expect(failure).toMatchObject({ name: 'QNN_COMMON_ERROR_MEM_ALLOC', code: 1002 });
    expect(failure?.advice[0]).toContain('Quantize');
    expect(graphs).toEqual([]);
    expect(nodes.filter(({ opType }) => opType === 'Conv').every(({ unit }) => unit === 'htp')).toBe(true);
  });

  test('open dimensions: the flag that mends it; with it the model compiles', async () => {
    const path = fixture('exports', 'unshuffle_ultra_dynamic_op17.onnx');
    const refusal = await compile(path).catch((error) => error as UserError);
    expect(refusal).toBeInstanceOf(UserError);
    expect((refusal as UserError).nextSteps.join()).toContain('--static');
    const report = await compile(path, 'SM8550', { static: new Map([['input', [1, 3, 32, 32]]]) });
    expect(report.htpGraphs).toBeGreaterThan(0);
  });

  test('a chip without HTP is refused before anything runs', async () => {
    const old = HTP_SOCS.find(({ chip }) => chip === 'SM8250');
    await expect(compileForHtp(toolchain, { modelPath: plain, soc: old as never })).rejects.toThrow('no HTP');
  });

  test('a provider that does not start is an error, not a model on the CPU', async () => {
    await expect(compile(plain, 'SM8550', { options: { more: { soc_model: '0' } } })).rejects.toThrow('did not start');
  });

  test('a time limit ends the work', async () => {
    await expect(compile(plain, 'SM8550', { timeoutMs: 5 })).rejects.toMatchObject({ kind: 'timeout' });
  });

  test('weights in a file beside the model come along when a copy is compiled', async () => {
    const w = Tensor.of('float32', [16, 4, 3, 3], Float32Array.from({ length: 576 }, (_, i) => Math.sin(i)));
    const model = buildModel({ inputs: { x: image }, outputs: { y: ['float32', [1, 16, 8, 8]] }, nodes: [['Conv', ['x', 'w'], ['y'], { pads: [1, 1, 1, 1] }]], initializers: { w } });
    const path = temporary('external.onnx');
    const { dataFiles } = await writeModel(model, path, { inlineLimit: 1500 });
    expect(dataFiles).toHaveLength(1);
    expect(isWhole(await compile(path))).toBe(true);
  });
});
