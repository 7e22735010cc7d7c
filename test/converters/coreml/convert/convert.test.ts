import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { convertToCoreml, type Conversion } from '../../../../converters/coreml/convert.ts';
import type { ConvertOptions } from '../../../../converters/coreml/options.ts';
import { readPackage } from '../../../../converters/coreml/package/read-package.ts';
import { MIL_OPSETS } from '../../../../converters/coreml/plan.ts';
import { raised, rewriteForCoreml } from '../../../../converters/coreml/prepare.ts';
import { type CoremlToolchain, openCoremlToolchain } from '../../../../converters/coreml/toolchain.ts';
import { resolveTarget } from '../../../../converters/rules/resolve-target.ts';
import { readModel, Tensor } from '../../../../models/onnx/index.ts';
import { coremlMissing, coremlToolchain } from '../../../support/coreml.ts';
import { buildModel, type ModelSpec } from '../../../support/build-model.ts';
import { fixture } from '../../../support/paths.ts';
import { childrenOf } from '../../../support/processes.ts';
import { temporaryFolder } from '../../../support/temp-folder.ts';

const temporary = temporaryFolder();
const toolchain = coremlToolchain as CoremlToolchain;
afterAll(() => coremlToolchain?.close());

/** What coremltools itself reads out of a package. */
interface Spec {
  readonly opset: string;
  readonly operations: readonly { readonly type: string; readonly outputs: readonly string[] }[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

async function specOf(path: string): Promise<Spec> {
  return (await toolchain.worker.run<Spec>('coreml.operations', { package: path }, { what: 'reading' })).value;
}

const computing = ({ operations }: Spec): string[] => operations.map(({ type }) => type).filter((type) => type !== 'const' && type !== 'cast');

function convert(spec: ModelSpec, options: Partial<ConvertOptions> = {}, out = temporary('x.mlpackage')): Promise<Conversion> {
  return convertToCoreml(toolchain, raised(buildModel(spec)), out, { opset: 'iOS16', precision: 'fp32', ...options });
}

const weight = (dims: number[], value = 0.1): Tensor => Tensor.of('float32', dims, new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(value));
const small: ModelSpec = {
  inputs: { x: ['float32', [1, 4, 6, 6]] }, outputs: { y: ['float32', null] },
  nodes: [['Conv', ['x', 'w'], ['a'], {}, { name: 'first' }], ['Softmax', ['a'], ['s'], { axis: 1 }, { name: 'soft' }], ['Conv', ['s', 'w'], ['b'], {}, { name: 'second' }], ['Relu', ['b'], ['y'], {}, { name: 'last' }]],
  initializers: { w: weight([4, 4, 1, 1]) },
};

describe.skipIf(!coremlToolchain)(`a package as coremltools reads it${coremlMissing}`, () => {
  test.each(MIL_OPSETS.map((opset, i) => [opset, `CoreML${5 + i}`, 6 + i] as const))('for %s the program is of %s, the specification %i', async (opset, dialect, specification) => {
    const { package: written } = await convert(small, { opset });
    const spec = await specOf(written.path);
    expect([spec.opset, written.specification]).toEqual([dialect, specification]);
    expect(computing(spec)).toEqual(['conv', 'softmax', 'conv', 'relu']);
    expect([spec.inputs, spec.outputs]).toEqual([['x'], ['y']]);
  });

  test('an unshuffle written with six axes is pixel_unshuffle from iOS 16 on, space_to_depth before; no operation is above rank 4', async () => {
    for (const [opset, first] of [['iOS15', 'space_to_depth'], ['iOS16', 'pixel_unshuffle']] as const) {
      const model = raised(readModel(fixture('exports', 'unshuffle_ultra_op17.onnx')).proto);
      const { model: fit } = await rewriteForCoreml(model, opset, { target: resolveTarget('ane'), precision: 'fp16', verify: 'off' });
      const { package: written, plan, islands } = await convertToCoreml(toolchain, fit, temporary('u.mlpackage'), { opset, precision: 'fp16' });
      const types = computing(await specOf(written.path));
      expect([types[0], types.at(-1), islands]).toEqual([first, 'pixel_shuffle', []]);
      expect(Math.max(...plan.functions.flatMap(({ operations }) => operations.flatMap(({ outputs }) => outputs.map(({ shape }) => shape.length))))).toBe(4);
    }
  });

  test('fp16 inputs and outputs: no cast is left, and iOS 15 has none', async () => {
    const { package: written } = await convert(small, { precision: 'fp16', ioDtype: 'fp16' });
    expect((await specOf(written.path)).operations.map(({ type }) => type)).not.toContain('cast');
    const [face] = readPackage(written.path).functions;
    expect([face?.inputs[0]?.type, face?.outputs[0]?.type]).toMatchObject([{ dtype: 'float16' }, { dtype: 'float16' }]);
    await expect(convert(small, { opset: 'iOS15', ioDtype: 'fp16' })).rejects.toThrow(/iOS 16/);
  });

  test('--keep-fp32 by operator, node and value; the rest computes in fp16', async () => {
    for (const [keepFp32, expected] of [[['Softmax'], ['softmax']], [['second', 'y'], ['conv', 'relu']]] as const) {
      const { package: written, islands } = await convert(small, { precision: 'fp16', keepFp32 });
      const body = readPackage(written.path).program?.functions.get('main')?.body.operations ?? [];
      const wide = body.filter(({ type, outputs }) => type !== 'const' && type !== 'cast' && outputs[0]?.type.kind === 'tensor' && outputs[0].type.dtype === 'fp32').map(({ type }) => type);
      expect([wide, islands]).toEqual([expected, []]);
    }
    await expect(convert(small, { precision: 'fp16', keepFp32: ['nothing'] })).rejects.toThrow(/"nothing"/);
    await expect(convert(small, { precision: 'fp32', keepFp32: ['Softmax'] })).rejects.toThrow(/nothing to keep/);
  });

  test('what fp16 cannot hold: a finding, and the operation that coremltools left in float32 is named', async () => {
    const { findings, islands } = await convert({ ...small, nodes: [['Mul', ['x', 'k'], ['y']]], initializers: { k: weight([1, 4, 1, 1], 1e6) } }, { precision: 'fp16' });
    expect(findings).toMatchObject([{ rule: 'coreml/weight-overflow', severity: 'overflow', node: 'k' }]);
    expect(islands).toMatchObject([{ operation: 'mul' }]);
  });

  test('names that Core ML would not take are cleaned, never twice the same; --rename wins', async () => {
    const spec: ModelSpec = {
      inputs: { 'a.1': ['float32', [2]], a_1: ['float32', [2]], '/in/0': ['float32', [2]] }, outputs: { 'a:1': ['float32', null], float32: ['float32', null], tensor: ['float32', null] },
      nodes: [['Add', ['a.1', 'a_1'], ['a:1']], ['Relu', ['/in/0'], ['float32']], ['Neg', ['float32'], ['tensor']]],
    };
    const { package: written, renamed } = await convert(spec, { rename: new Map([['/in/0', 'picture'], ['float32', 'result']]) });
    const { inputs, outputs } = await specOf(written.path);
    expect([inputs, outputs]).toEqual([['a_1_2', 'a_1', 'picture'], ['a_1_3', 'result', 'tensor_']]);
    expect(new Map(renamed.map(({ from, to }) => [from, to]))).toEqual(new Map([['a.1', 'a_1_2'], ['/in/0', 'picture'], ['a:1', 'a_1_3'], ['float32', 'result'], ['tensor', 'tensor_']]));
    await expect(convert(spec, { rename: new Map([['a.1', 'a_1'], ['a_1', 'b']]) })).resolves.toBeTruthy();
    await expect(convert(spec, { rename: new Map([['a.1', 'same'], ['a_1', 'same']]) })).rejects.toThrow(/Two features/);
    await expect(convert(spec, { rename: new Map([['a.1', 'no way']]) })).rejects.toThrow(/no name that Core ML takes/);
    await expect(convert(spec, { rename: new Map([['zzz', 'b']]) })).rejects.toThrow(/no input or output "zzz"/);
  });

  test('metadata, modes of files, and a package that was there before', async () => {
    const out = temporary('x.mlpackage');
    await convert(small, {}, out);
    const { package: written } = await convert(small, { metadata: { author: 'A', license: 'MIT', version: '2', description: 'D', user: { 'source-sha256': 'abc' } } }, out);
    const { metadata } = readPackage(written.path);
    expect(metadata).toMatchObject({ author: 'A', license: 'MIT', version: '2', description: 'D' });
    expect(metadata.custom.get('source-sha256')).toBe('abc');
    const entries = readdirSync(out, { recursive: true, withFileTypes: true });
    for (const entry of entries) expect([entry.name, statSync(join(entry.parentPath, entry.name)).mode & 0o777]).toEqual([entry.name, entry.isDirectory() ? 0o755 : 0o644]);
    expect(readdirSync(temporary())).toEqual(['x.mlpackage']);
  });
});

describe.skipIf(!coremlToolchain)(`what is not converted leaves nothing${coremlMissing}`, () => {
  const refused: readonly (readonly [string, ModelSpec, RegExp])[] = [
    ['operators that nobody has, all at once, with nodes', {
      inputs: { x: ['float32', [2, 3]] }, outputs: { y: ['float32', null] },
      nodes: [['Det', ['x'], ['a'], {}, { name: 'one' }], ['NonZero', ['x'], ['b'], {}, { name: 'two' }], ['Strange', ['x'], ['c'], {}, { name: 'three', domain: 'com.example' }], ['Sum', ['a', 'b', 'c'], ['y']]], domains: { 'com.example': 1 },
    }, /Det \(one\)[\s\S]*NonZero \(two\)[\s\S]*Strange \(three\)[\s\S]*com\.example/],
    ['rank 6', { inputs: { x: ['float32', [2, 3, 4]] }, outputs: { y: ['float32', null] }, nodes: [['Reshape', ['x', 's'], ['r']], ['Relu', ['r'], ['y']]], initializers: { s: Tensor.of('int64', [6], [1, 2, 1, 3, 2, 2]) } }, /rank 6/],
    ['open sizes', { inputs: { x: ['float32', [1, 3, 'H', 'W']] }, outputs: { y: ['float32', null] }, nodes: [['Relu', ['x'], ['y']]] }, /"x" \[1, 3, H, W\]/],
    ['NaN', { ...small, initializers: { w: weight([4, 4, 1, 1], Number.NaN) } }, /"w" holds NaN/],
    ['bytes without leave', { inputs: { x: ['uint8', [1, 3]] }, outputs: { y: ['float32', null] }, nodes: [['Cast', ['x'], ['y'], { to: 1 }]] }, /"x" is uint8/],
    ['int64 input beyond a cast', { inputs: { x: ['int64', [2]] }, outputs: { y: ['int64', null] }, nodes: [['Mul', ['x', 'x'], ['y']]] }, /more than 32 bits/],
    ['a subgraph', { inputs: { x: ['float32', [2]], c: ['bool', []] }, outputs: { y: ['float32', null] }, nodes: [['If', ['c'], ['y'], { then_branch: { graph: { name: 't', node: [{ opType: 'Identity', input: ['x'], output: ['u'] }], output: [{ name: 'u' }] } }, else_branch: { graph: { name: 'e', node: [{ opType: 'Neg', input: ['x'], output: ['v'] }], output: [{ name: 'v' }] } } }]] }, /it has a subgraph/],
  ];
  test.each(refused)('%s', async (_, spec, message) => {
    await expect(convert(spec)).rejects.toThrow(message);
    expect(readdirSync(temporary())).toEqual([]);
  });

  test('quantized activations name the least system', async () => {
    const spec: ModelSpec = { inputs: { x: ['float32', [2]] }, outputs: { y: ['float32', null] }, nodes: [['QuantizeLinear', ['x', 's', 'z'], ['q']], ['DequantizeLinear', ['q', 's', 'z'], ['y']]], initializers: { s: weight([]), z: Tensor.of('int8', [], [0]) } };
    await expect(convert(spec)).rejects.toThrow(/need iOS 17/);
    await expect(convert(spec, { opset: 'iOS17' })).resolves.toBeTruthy();
  });

  test('places: another ending, a missing folder, something else that is there', async () => {
    await expect(convert(small, {}, temporary('x.mlmodel'))).rejects.toThrow(/does not end in .mlpackage/);
    await expect(convert(small, {}, temporary('no', 'x.mlpackage'))).rejects.toThrow(/no folder/);
    mkdirSync(temporary('mine.mlpackage'));
    writeFileSync(temporary('mine.mlpackage', 'thesis.txt'), 'precious');
    await expect(convert(small, {}, temporary('mine.mlpackage'))).rejects.toThrow(/is no Core ML package/);
    expect(readFileSync(temporary('mine.mlpackage', 'thesis.txt'), 'utf8')).toBe('precious');
  });

  test.skipIf(!existsSync('/proc/self/task')).each([
    ['the command is interrupted', (control: AbortController): void => control.abort(), /cancelled|abort/i],
    ['the job is killed', (_: AbortController, worker: number): void => { for (const job of childrenOf(worker, 'worker.py')) process.kill(job, 'SIGKILL'); }, /ended from outside by signal 9/],
    ['the worker is killed', (_: AbortController, worker: number): void => void process.kill(worker, 'SIGKILL'), /The Python worker ended \(SIGKILL\)/],
  ] as const)('%s at work: the old package stays, nothing half lies beside it', async (_, end, message) => {
    const own = openCoremlToolchain() as CoremlToolchain;
    const others = childrenOf(process.pid, 'worker.py');
    try {
      const out = temporary('x.mlpackage');
      await convertToCoreml(own, raised(buildModel(small)), out, { opset: 'iOS16', precision: 'fp16' });
      const before = readFileSync(join(out, 'Manifest.json'), 'utf8');
      const worker = childrenOf(process.pid, 'worker.py').find((pid) => !others.includes(pid)) ?? expect.fail();
      const jobs = (): number => childrenOf(worker, 'worker.py').length;
      await expect.poll(jobs).toBe(0);
      const control = new AbortController();
      const at = expect(convertToCoreml(own, raised(buildModel(small)), out, { opset: 'iOS18', precision: 'fp16' }, control.signal)).rejects.toThrow(message);
      await expect.poll(jobs, { interval: 1 }).toBe(1);
      end(control, worker);
      await at;
      expect(readFileSync(join(out, 'Manifest.json'), 'utf8')).toBe(before);
      expect(readdirSync(temporary())).toEqual(['x.mlpackage']);
    } finally {
      await own.close();
    }
  });

  test('what a killed process left is swept up; a package that had stepped aside comes back', async () => {
    const out = temporary('x.mlpackage');
    await convert(small, {}, out);
    const gone = 2 ** 22 - 3;
    mkdirSync(temporary(`.x.dyno-${gone}.mlpackage`));
    mkdirSync(temporary(`.y.dyno-${gone}.mlpackage`));
    await convert(small, {}, out);
    expect(readdirSync(temporary()).sort()).toEqual([`.y.dyno-${gone}.mlpackage`, 'x.mlpackage']);
    expect(existsSync(join(out, 'Manifest.json'))).toBe(true);
  });
});
