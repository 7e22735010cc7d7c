import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type DType, DTYPE_CODES } from '../../../models/contracts/dtype.ts';
import { ExternalError, UserError } from '../../../models/contracts/errors.ts';
import type { NdArray, NumericArray } from '../../../models/contracts/ndarray.ts';
import { createHostExecutor, type HostExecutor } from '../../../models/run/index.ts';
import { readNpy } from '../../support/npy.ts';
import { fixture, repoRoot } from '../../support/paths.ts';
import { encodeModel, endless, negRelu, valueInfo } from './small-models.ts';

const f32 = (values: readonly number[], dims: readonly number[] = [values.length]): NdArray => ({
  dtype: 'float32',
  dims,
  data: Float32Array.from(values),
});

describe('host executor', () => {
  let executor: HostExecutor;
  let folder: string;
  beforeAll(() => {
    executor = createHostExecutor({ threads: 1 });
    folder = mkdtempSync(join(tmpdir(), 'dyno-run-test-'));
  });
  afterAll(async () => {
    await executor.close();
    rmSync(folder, { recursive: true });
  });

  it.each(['plain_clip_x2_op17', 'sesr_m3_op17'])('computes the stored PyTorch output of %s', async (name) => {
    const input = readNpy(fixture('exports', `${name}.input.npy`));
    const expected = readNpy(fixture('exports', `${name}.output.npy`));
    const path = fixture('exports', `${name}.onnx`);
    const face = await executor.describe(path);
    const [outputs] = await executor.run(path, [new Map([[face.inputs[0]?.name as string, input]])]);
    const actual = outputs?.get(face.outputs[0]?.name as string) as NdArray;
    expect(actual.dims).toEqual(expected.dims);
    const worst = Math.max(...Array.from(actual.data as Float32Array, (v, i) => Math.abs(v - (expected.data[i] as number))));
    expect(worst).toBeLessThan(1e-5);
  });

  it('runs each feed with one load, dynamic sizes included', async () => {
    const results = await executor.runBytes(negRelu(), [
      new Map([['x', f32([1, -2])]]),
      new Map([['x', f32([3, -4, 5])]]),
      new Map([['x', f32([])]]),
    ]);
    expect(results.map((r) => Array.from(r.get('y')?.data as Float32Array))).toEqual([[-1, -0], [-3, -0, -5], []]);
  });

  it('fetches inner values, also one that is an output or an input already', async () => {
    const [r] = await executor.runBytes(negRelu([2, 1]), [new Map([['x', f32([1, -2], [2, 1])]])], { fetch: ['h', 'y', 'x'] });
    expect(new Set(r?.keys())).toEqual(new Set(['y', 'h', 'x']));
    expect(r?.get('h')).toEqual({ dtype: 'float32', dims: [2, 1], data: Float32Array.of(1, 0) });
  });

  it('names a fetched value that does not exist', async () => {
    const run = executor.runBytes(negRelu(), [new Map([['x', f32([1])]])], { fetch: ['nowhere'] });
    await expect(run).rejects.toThrow(UserError);
    await expect(run).rejects.toThrow('"nowhere"');
  });

  it.each<[DType, NumericArray]>([
    ['float32', Float32Array.of(NaN, -0, Infinity)],
    ['float64', Float64Array.of(1e300, -1, 0)],
    ['float16', Uint16Array.of(0x3c00, 0x8000, 0x7e00)],
    ['int64', BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n, 0n)],
    ['uint64', BigUint64Array.of(2n ** 64n - 1n, 0n, 1n)],
    ['bool', Uint8Array.of(1, 0, 1)],
    ['uint8', Uint8Array.of(255, 0, 1)],
    ['int8', Int8Array.of(-128, 127, 0)],
    ['uint16', Uint16Array.of(65535, 0, 1)],
    ['int16', Int16Array.of(-32768, 1, 2)],
    ['int32', Int32Array.of(-(2 ** 31), 1, 2)],
    ['uint32', Uint32Array.of(2 ** 32 - 1, 0, 1)],
  ])('passes %s through bit by bit, small in the message and large in a file', async (dtype, data) => {
    const model = encodeModel({
      input: [valueInfo('x', dtype, ['n'])],
      output: [valueInfo('y', dtype, ['n'])],
      node: [{ opType: 'Identity', input: ['x'], output: ['y'] }],
    });
    const Type = data.constructor as new (length: number) => NumericArray;
    const large = new Type(100_000);
    for (let i = 0; i < large.length; i++) large[i] = data[i % 3] as never;
    const results = await executor.runBytes(
      model,
      [data, large].map((d) => new Map([['x', { dtype, dims: [d.length], data: d }]])),
    );
    const [small, big] = results.map((r) => r.get('y') as NdArray);
    expect(small).toEqual({ dtype, dims: [3], data });
    expect(big).toMatchObject({ dtype, dims: [100_000] });
    expect(Buffer.from(big?.data.buffer as ArrayBuffer).equals(Buffer.from(large.buffer))).toBe(true);
  });

  it('leaves no file of a large transfer behind', async () => {
    const before = new Set(readdirSync(tmpdir()).filter((name) => name.startsWith('dyno-run-')));
    const own = createHostExecutor();
    await own.runBytes(negRelu(), [new Map([['x', f32(new Array<number>(1e5).fill(1))]])]);
    const made = readdirSync(tmpdir()).filter((name) => name.startsWith('dyno-run-') && !before.has(name));
    for (const name of made) expect(readdirSync(join(tmpdir(), name))).toEqual([]);
    await own.close();
    expect(made.filter((name) => existsSync(join(tmpdir(), name)))).toEqual([]);
  });

  it('finds external data beside the model, also when inner values are fetched', async () => {
    mkdirSync(join(folder, 'sub'));
    const path = join(folder, 'sub', 'm.onnx');
    writeFileSync(join(folder, 'sub', 'w.bin'), new Uint8Array(Float32Array.of(2, 3).buffer));
    const w = { name: 'w', dataType: DTYPE_CODES.float32, dims: [2], dataLocation: 1, externalData: [{ key: 'location', value: 'w.bin' }] };
    writeFileSync(
      path,
      encodeModel({
        input: [valueInfo('x', 'float32', [2])],
        output: [valueInfo('y', 'float32', [2])],
        initializer: [w],
        node: [
          { opType: 'Mul', input: ['x', 'w'], output: ['h'] },
          { opType: 'Neg', input: ['h'], output: ['y'] },
        ],
      }),
    );
    const feed = new Map([['x', f32([10, 10])]]);
    const [plain] = await executor.run(path, [feed]);
    const [fetched] = await executor.run(path, [feed], { fetch: ['h'] });
    expect(plain?.get('y')?.data).toEqual(Float32Array.of(-20, -30));
    expect(fetched?.get('h')?.data).toEqual(Float32Array.of(20, 30));
  });

  it('describes symbolic and unnamed dimensions', async () => {
    const model = encodeModel({
      input: [valueInfo('x', 'int64', ['batch', 3]), { name: 'z', type: { tensorType: { elemType: 1, shape: { dim: [{}] } } } }],
      output: [valueInfo('y', 'int64', ['batch', 3])],
      node: [{ opType: 'Identity', input: ['x'], output: ['y'] }],
    });
    expect(await executor.describe(model)).toEqual({
      inputs: [
        { name: 'x', dtype: 'int64', dims: ['batch', 3] },
        { name: 'z', dtype: 'float32', dims: [null] },
      ],
      outputs: [{ name: 'y', dtype: 'int64', dims: ['batch', 3] }],
    });
  });

  it.each([
    ['a missing feed', new Map(), /input "x" was given no value/],
    [
      'an unknown feed',
      new Map([
        ['x', f32([1])],
        ['X', f32([1])],
      ]),
      /no input named "X"/,
    ],
    [
      'another type',
      new Map([['x', { dtype: 'int32', dims: [1], data: Int32Array.of(1) } as NdArray]]),
      /takes float32 and was given int32/,
    ],
    ['another rank', new Map([['x', f32([1], [1, 1])]]), /shape \[n\] and was given \[1, 1\]/],
  ])('refuses %s', async (_, feed, message) => {
    const run = executor.runBytes(negRelu(), [feed]);
    await expect(run).rejects.toThrow(UserError);
    await expect(run).rejects.toThrow(message);
  });

  it('refuses strings and sequences', async () => {
    const text = encodeModel({
      input: [valueInfo('x', 'string', [1])],
      output: [valueInfo('y', 'string', [1])],
      node: [{ opType: 'Identity', input: ['x'], output: ['y'] }],
    });
    const sequence = encodeModel({
      input: [valueInfo('x', 'float32', [1])],
      node: [{ opType: 'SequenceConstruct', input: ['x'], output: ['y'] }],
      output: [{ name: 'y', type: { sequenceType: { elemType: { tensorType: { elemType: 1 } } } } }],
    });
    await expect(executor.runBytes(text, [new Map()])).rejects.toThrow(/of type string/);
    await expect(executor.runBytes(sequence, [new Map([['x', f32([1])]])])).rejects.toThrow(/not a tensor/);
    const half = encodeModel({
      input: [valueInfo('x', 'bfloat16', [1])],
      output: [valueInfo('y', 'bfloat16', [1])],
      node: [{ opType: 'Identity', input: ['x'], output: ['y'] }],
    });
    await expect(executor.describe(half)).rejects.toThrow(/element type 16/);
  });

  it('passes on what ONNX Runtime says about a bad model', async () => {
    const garbage = executor.runBytes(Buffer.from('version https://git-lfs.github.com/spec/v1'), []);
    await expect(garbage).rejects.toThrow(ExternalError);
    await expect(garbage).rejects.toThrow(/protobuf parsing failed/);
    await expect(executor.run(join(folder, 'absent.onnx'), [])).rejects.toThrow(UserError);
    await expect(executor.run(folder, [])).rejects.toThrow(/not a file/);
    const outOfRange = encodeModel({
      input: [valueInfo('i', 'int64', [1])],
      output: [valueInfo('y', 'float32', [1])],
      initializer: [{ name: 'w', dataType: 1, dims: [2], rawData: new Uint8Array(8) }],
      node: [{ opType: 'Gather', input: ['w', 'i'], output: ['y'] }],
    });
    const feed = new Map([['i', { dtype: 'int64', dims: [1], data: BigInt64Array.of(9n) } as NdArray]]);
    await expect(executor.runBytes(outOfRange, [feed])).rejects.toMatchObject({
      name: 'ExternalError',
      output: expect.stringContaining('out of data bounds'),
    });
  });

  it('runs a batch in order, a failing job beside good ones', async () => {
    const feeds = [new Map([['x', f32([2])]])];
    const results = await executor.runMany([
      { model: negRelu(), feeds },
      { model: Buffer.from('x'), feeds },
      { model: negRelu(), feeds, options: { fetch: ['h'] } },
    ]);
    expect(results.map((r) => r.ok)).toEqual([true, false, true]);
    expect(results[2]?.ok && results[2].outputs[0]?.get('h')?.data).toEqual(Float32Array.of(2));
  });

  it('ends a hang after the time limit and works again afterwards', async () => {
    const feed = [new Map([['x', f32([1])]])];
    const hang = executor.runBytes(endless(), feed, { timeoutMs: 1000 });
    const behind = executor.runBytes(negRelu(), feed);
    await expect(hang).rejects.toThrow(/did not answer within 1 s/);
    expect((await behind)[0]?.get('y')?.data).toEqual(Float32Array.of(-1));
  });

  it('stops at an abort, in the middle of a native call and in the queue', async () => {
    const feed = [new Map([['x', f32([1])]])];
    const control = new AbortController();
    const runs = [
      executor.runBytes(endless(), feed, { signal: control.signal }),
      executor.runBytes(negRelu(), feed, { signal: control.signal }),
    ];
    const caught = Promise.allSettled(runs);
    await sleep(50);
    control.abort(new Error('enough'));
    for (const result of await caught) expect(result).toMatchObject({ status: 'rejected', reason: { message: 'enough' } });
    await expect(executor.runBytes(negRelu(), feed, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
    await expect(executor.runBytes(negRelu(), feed)).resolves.toHaveLength(1);
  });

  it('turns a crash of the worker into an ExternalError; an open session comes back', async () => {
    const feed = new Map([['x', f32([1])]]);
    const session = await executor.open(negRelu());
    expect((await session.run(feed)).get('y')?.data).toEqual(Float32Array.of(-1));
    const crash = executor.runBytes(endless(), [feed]);
    const caught = crash.catch((error: unknown) => error);
    await sleep(100);
    process.kill(executor.pid as number, 'SIGSEGV');
    expect(await caught).toMatchObject({ name: 'ExternalError', message: expect.stringContaining('ended by SIGSEGV') });
    expect((await session.run(feed)).get('y')?.data).toEqual(Float32Array.of(-1));
    await session.release();
    await expect(session.run(feed)).rejects.toThrow(/released/);
  });

  it('a closed executor refuses, and closing fails what is under way', async () => {
    const own = createHostExecutor();
    const caught = own.runBytes(endless(), [new Map([['x', f32([1])]])]).catch((error: unknown) => error);
    await sleep(50);
    await own.close();
    expect(await caught).toMatchObject({ name: 'ExternalError' });
    await expect(own.runBytes(negRelu(), [])).rejects.toThrow(/closed/);
  });

  it.each([
    ['does not keep a process alive that forgot to close it', ''],
    ['closes while nothing else keeps the process alive', `await executor.close(); console.log('closed');`],
  ])('%s', async (_, ending) => {
    const script = join(folder, 'program.mts');
    const feed = `new Map([['x', { dtype: 'float32', dims: [1], data: Float32Array.of(4) }]])`;
    writeFileSync(
      script,
      `
      import { createHostExecutor } from ${JSON.stringify(join(repoRoot, 'models/run/index.ts'))};
      const executor = createHostExecutor();
      const [r] = await executor.runBytes(Buffer.from('${Buffer.from(negRelu()).toString('base64')}', 'base64'), [${feed}]);
      console.log(r.get('y').data[0], executor.pid);
      ${ending}`,
    );
    const ended = spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), script], { encoding: 'utf8', timeout: 20_000 });
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    const [value, pid] = (ended.stdout.split('\n')[0] as string).split(' ').map(Number);
    expect(value).toBe(-4);
    expect(ended.stdout.includes('closed')).toBe(ending !== '');
    await vi.waitFor(() => expect(runs(pid as number)).toBe(false), 5000);
  });
});

/** A zombie that its new parent has not reaped yet does not run. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${pid}/stat`;
  return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, 'utf8'));
}
