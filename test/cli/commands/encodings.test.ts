import { PassThrough } from 'node:stream';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import type { Io } from '../../../cli/io.ts';
import { main } from '../../../cli/main.ts';
import { createHostExecutor } from '../../../models/run/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { buildModel, type ModelSpec, toBytes } from '../../support/build-model.ts';
import { ndarray, runOrt } from '../../support/ort.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { quantized } from '../../converters/encodings/quantized.ts';

const folder = temporaryFolder();
const executor = createHostExecutor();
afterAll(() => executor.close());

async function dyno(...args: string[]): Promise<{ code: unknown; json: Record<string, never>; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const host = { stdout, stderr, stdin: new PassThrough(), env: {}, cwd: () => folder(), exitCode: undefined } as unknown as Io & {
    exitCode?: number;
  };
  await main(args, host);
  const text = String(stdout.read() ?? '');
  return { code: host.exitCode, stdout: text, json: text.startsWith('{') ? JSON.parse(text) : {}, stderr: String(stderr.read() ?? '') };
}

const weights = Array.from({ length: 12 * 27 }, (_, i) => Math.sin(i * 1.7) * (0.1 + (i % 12) / 20));
const spec: ModelSpec = {
  inputs: { x: ['float32', [1, 3, 6, 6]] },
  outputs: { y: ['float32', null] },
  initializers: { w: Tensor.of('float32', [12, 3, 3, 3], weights), b: Tensor.of('float32', [12], weights.slice(0, 12)) },
  nodes: [
    ['Conv', ['x', 'w', 'b'], ['c'], { pads: [1, 1, 1, 1] }],
    ['Relu', ['c'], ['r']],
    ['DepthToSpace', ['r'], ['y'], { blocksize: 2, mode: 'CRD' }],
  ],
};
const feed = new Map([
  [
    'x',
    ndarray(
      'float32',
      [1, 3, 6, 6],
      Array.from({ length: 108 }, (_, i) => Math.cos(i)),
    ),
  ],
]);

/** m.onnx, q.onnx and the encodings of q. */
async function files(): Promise<void> {
  const { model } = await quantized(buildModel(spec), [feed], folder('m.onnx'), executor);
  writeFileSync(folder('q.onnx'), toBytes(model.toProto()));
  expect((await dyno('encodings', 'extract', 'q.onnx', '-o', 'e.json', '--float', 'f.onnx')).code).toBe(0);
}
const read = (name: string) => JSON.parse(readFileSync(folder(name), 'utf8'));
const scaleOf = (file: { param_encodings: { name: string; scale: number[] }[] }, name: string) =>
  file.param_encodings.find((e) => e.name === name)?.scale;

test('extract, coverage, apply: the same outputs again', async () => {
  await files();
  const covered = await dyno('encodings', 'coverage', 'f.onnx', 'e.json', '--json');
  expect(covered).toMatchObject({
    code: 0,
    json: { version: '1.0.0', activations: { covered: 3 }, parameters: { total: 2, covered: 1 }, mismatches: [] },
  });
  const applied = await dyno('encodings', 'apply', 'f.onnx', 'e.json', '-o', 'again.onnx', '--json');
  expect(applied).toMatchObject({ code: 0, json: { activations: 3, parameters: 1, derivedBiases: 1, losses: [] } });
  expect(await runOrt(folder('again.onnx'), feed)).toEqual(await runOrt(folder('q.onnx'), feed));
});

test('convert there and back without loss, with the model where the format needs it', async () => {
  await files();
  for (const version of ['0.6.1', '2.0.0']) {
    expect((await dyno('encodings', 'convert', 'e.json', '--to', version, '--model', 'f.onnx', '-o', 'there.json')).code).toBe(0);
    expect(
      (await dyno('encodings', 'convert', 'there.json', '--to', '1.0.0', '--model', 'f.onnx', '-o', 'back.json', '--json')).json,
    ).toMatchObject({ from: version, losses: [] });
    expect(read('there.json').version).toBe(version);
    expect(read('back.json')).toEqual(read('e.json'));
  }
  const refused = await dyno('encodings', 'convert', 'e.json', '--to', '2.0.0', '-o', 'no.json');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/"w": which axis[\s\S]*--model FILE[\s\S]*--allow-loss/);
  expect(existsSync(folder('no.json'))).toBe(false);
  expect((await dyno('encodings', 'convert', 'e.json', '--to', '2.0.0', '-o', 'less.json', '--allow-loss')).stdout).toMatch(
    /not said: "w"/,
  );
});

test('rewrite carries encodings over; permuting the file by hand gives the same', async () => {
  await files();
  const { code, json } = await dyno(
    'rewrite',
    'f.onnx',
    '-t',
    'htp:SM8550',
    '--precision',
    'w8a8',
    '--only',
    'crd-to-dcr',
    '--encodings',
    'e.json',
    '-o',
    'r.onnx',
    '--json',
  );
  expect(code).toBe(0);
  expect(json).toMatchObject({
    rewrites: [
      {
        encodings: {
          kept: 3,
          changes: [{ action: 'permuted', tensor: 'w' }],
          before: { parameters: { covered: 1 } },
          after: { parameters: { covered: 1 } },
          losses: [],
        },
      },
    ],
  });
  const order = [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11];
  expect(scaleOf(read('r.encodings'), 'w')).toEqual(order.map((from) => (scaleOf(read('e.json'), 'w') ?? [])[from]));
  for (const by of [
    ['--order', order.join(',')],
    ['--crd-to-dcr', '3,2'],
  ]) {
    expect((await dyno('encodings', 'permute', 'e.json', '--tensor', 'w', ...by, '-o', 'p.json')).code).toBe(0);
    expect(scaleOf(read('p.json'), 'w')).toEqual(scaleOf(read('r.encodings'), 'w'));
  }
  await dyno('encodings', 'apply', 'r.onnx', 'r.encodings', '-o', 'rq.onnx');
  expect(await runOrt(folder('rq.onnx'), feed)).toEqual(await runOrt(folder('q.onnx'), feed));
});

test('a dry run says what would become of them, and writes nothing', async () => {
  await files();
  const { code, stdout } = await dyno(
    'rewrite',
    'f.onnx',
    '-t',
    'htp:SM8550',
    '--only',
    'crd-to-dcr',
    '--encodings',
    'e.json',
    '--dry-run',
    '-o',
    'r.onnx',
    '--details',
  );
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /encodings of 3 of 4 activations and 1 of 2 parameters before, 3 of 4[\s\S]*1 permuted\s+w: an axis is in another order/,
  );
  expect([existsSync(folder('r.onnx')), existsSync(folder('r.encodings'))]).toEqual([false, false]);
});

test('coverage of another model: exit 1, names that are near', async () => {
  await files();
  writeFileSync(
    folder('other.json'),
    readFileSync(folder('e.json'), 'utf8').replace('"name": "r"', '"name": "/r"').replace('"name": "w"', '"name": "www"'),
  );
  const { code, stdout } = await dyno('encodings', 'coverage', 'f.onnx', 'other.json');
  expect(code).toBe(1);
  expect(stdout).toMatch(/no tensor "\/r"; close: r/);
  expect(stdout).toMatch(/compilers calibrate these themselves: (w, r|r, w)/);
});

test.each<readonly [string, string[], RegExp]>([
  ['no file', ['encodings', 'coverage', 'f.onnx', 'missing.json'], /Cannot read missing.json: there is no such file/],
  ['a folder', ['encodings', 'convert', '.', '--to', '1.0.0', '-o', 'x'], /it is a folder/],
  ['a model for a file', ['encodings', 'convert', 'f.onnx', '--to', '1.0.0', '-o', 'x'], /f\.onnx: The file is no JSON/],
  ['another version', ['encodings', 'convert', 'e.json', '--to', '3.0.0', '-o', 'x'], /Allowed choices are 0.6.1, 1.0.0, 2.0.0/],
  ['no output', ['encodings', 'convert', 'e.json', '--to', '1.0.0'], /required option '-o, --out <file>'/],
  ['an unknown subcommand', ['encodings', 'covnert', 'e.json'], /unknown command 'covnert'.*Did you mean convert/s],
  [
    'an order of another length',
    ['encodings', 'permute', 'e.json', '--tensor', 'w', '--crd-to-dcr', '3,3', '-o', 'x'],
    /"w" has 12 encodings for 27 channels/,
  ],
  ['no order', ['encodings', 'permute', 'e.json', '--tensor', 'w', '-o', 'x'], /--order or --crd-to-dcr, one of the two/],
  ['an order of letters', ['encodings', 'permute', 'e.json', '--tensor', 'w', '--order', 'a,b', '-o', 'x'], /no whole numbers/],
  ['a tensor that the file lacks', ['encodings', 'permute', 'e.json', '--tensor', 'v', '--order', '0', '-o', 'x'], /no encoding of "v"/],
  ['a quantized model', ['encodings', 'apply', 'q.onnx', 'e.json', '-o', 'x'], /quantized already/],
  ['a float model', ['encodings', 'extract', 'f.onnx', '-o', 'x'], /no QuantizeLinear/],
  ['the model itself', ['encodings', 'apply', 'f.onnx', 'e.json', '-o', 'f.onnx'], /is the model that is read/],
  [
    'encodings of another model',
    ['rewrite', 'f.onnx', '-t', 'host', '--encodings', 'wrong.json', '-o', 'x'],
    /"w" has 11 encodings for 12 channels/,
  ],
  [
    'encodings and a changed face',
    ['rewrite', 'f.onnx', '-t', 'host', '--encodings', 'e.json', '--cut-at', 'r', '-o', 'x'],
    /cannot follow changes of the face/,
  ],
])('%s: exit 2, nothing written', async (_, args, message) => {
  await files();
  const wrong = read('e.json');
  for (const entry of wrong.param_encodings)
    if (entry.name === 'w') [entry.scale, entry.offset] = [entry.scale.slice(1), entry.offset.slice(1)];
  writeFileSync(folder('wrong.json'), JSON.stringify(wrong));
  const { code, stderr, stdout } = await dyno(...args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(message);
  expect(existsSync(folder('x'))).toBe(false);
});

test('every subcommand has help', async () => {
  for (const name of ['convert', 'permute', 'coverage', 'apply', 'extract']) {
    const { code, stdout } = await dyno('encodings', name, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: dyno encodings ${name} `));
  }
});
