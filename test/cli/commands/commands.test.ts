import { PassThrough } from 'node:stream';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Io } from '../../../cli/io.ts';
import { main } from '../../../cli/main.ts';
import { REWRITES } from '../../../converters/rewrites/catalog.ts';
import { RULES } from '../../../converters/rules/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { buildModel, type ModelSpec, toBytes } from '../../support/build-model.ts';
import { fixture } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const folder = temporaryFolder();

/** Runs a command in this process in the test's folder; its JSON result. */
async function dyno(...args: string[]): Promise<{ code: unknown; json: never; stderr: string; stdout: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const host = { stdout, stderr, stdin: new PassThrough(), env: {}, cwd: () => folder(), exitCode: undefined } as unknown as Io & {
    exitCode?: number;
  };
  await main(args, host);
  const text = String(stdout.read() ?? '');
  return {
    code: host.exitCode,
    stdout: text,
    json: (text.startsWith('{') ? JSON.parse(text) : null) as never,
    stderr: String(stderr.read() ?? ''),
  };
}

const spec: ModelSpec = {
  inputs: { x: ['float32', ['N', 3, 8, 8]] },
  outputs: { y: ['float32', ['N', 4, 8, 8]] },
  nodes: [
    ['Conv', ['x', 'w', 'b'], ['c'], { pads: [1, 1, 1, 1] }, { name: 'conv' }],
    ['Relu', ['c'], ['y']],
  ],
  initializers: {
    w: Tensor.of(
      'float32',
      [4, 3, 3, 3],
      Array.from({ length: 108 }, (_, i) => i / 100),
    ),
    b: Tensor.of('float32', [4], [1, 2, 3, 4]),
  },
};

function put(name: string, model: ModelSpec): string {
  const path = folder(name);
  writeFileSync(path, toBytes(buildModel(model)));
  return path;
}

test('inspect counts what a model holds, and says what open dimensions leave unknown', async () => {
  const { code, json } = await dyno('inspect', put('m.onnx', spec), '--json', '--nodes');
  expect(code).toBe(0);
  expect(json).toMatchObject({
    irVersion: 8,
    opsets: { 'ai.onnx': 17 },
    inputs: [{ name: 'x', type: 'float32 [N, 3, 8, 8]' }],
    outputs: [{ name: 'y', type: 'float32 [N, 4, 8, 8]' }],
    nodes: 2,
    operators: { Conv: 1, Relu: 1 },
    parameters: 112,
    parameterBytes: 448,
    macs: null,
    maxRank: 4,
    ranks: { 4: 2 },
    weightTypes: { float32: 2 },
    openDimensions: ['N'],
    subgraphs: 0,
    file: { externalBytes: 0, externalFiles: [] },
    graph: [{ name: 'conv', opType: 'Conv', outputs: [{ name: 'c', type: 'float32 [N, 4, 8, 8]' }] }, { opType: 'Relu' }],
  });
});

test('inspect of a static model knows its multiply-accumulates', async () => {
  const { json } = await dyno(
    'inspect',
    put('m.onnx', { ...spec, inputs: { x: ['float32', [2, 3, 8, 8]] }, outputs: { y: ['float32', [2, 4, 8, 8]] } }),
    '--json',
  );
  // 2 images × 4 channels × 64 places × 27 products; two activations of 2 × 4 × 64 floats.
  expect(json).toMatchObject({ macs: 2 * 4 * 64 * 27, activationBytes: 2 * (2 * 4 * 64 * 4), openDimensions: [] });
});

test('diff of a model with itself is empty and ends well', async () => {
  const path = put('m.onnx', spec);
  const { code, json } = await dyno('diff', path, path, '--json');
  expect([code, json]).toMatchObject([0, { same: true, nodes: { added: [], removed: [], changed: [] } }]);
});

test('diff names nodes, weights, faces and opsets that differ', async () => {
  const other: ModelSpec = {
    ...spec,
    opset: 18,
    outputs: { y: ['float32', ['N', 4, 'H', 8]] },
    nodes: [
      ['Conv', ['x', 'w', 'b'], ['c'], { pads: [1, 1, 1, 1], group: 1 }, { name: 'renamed' }],
      ['Sigmoid', ['c'], ['s']],
      ['Mul', ['c', 's'], ['y']],
    ],
    initializers: { ...spec.initializers, b: Tensor.of('float32', [4], [1, 2, 3.5, 4]), extra: Tensor.of('int64', [1], [7]) },
  };
  const { code, json } = await dyno('diff', put('a.onnx', spec), put('b.onnx', other), '--json');
  expect(code).toBe(1);
  expect(json).toMatchObject({
    same: false,
    inputs: { added: [], removed: [], changed: [] },
    opsets: { changed: [{ name: 'ai.onnx', what: '17 → 18' }] },
    outputs: { changed: [{ name: 'y', what: 'float32 [N, 4, 8, 8] → float32 [N, 4, H, 8]' }] },
    nodes: {
      added: [{ name: 's', what: 'Sigmoid(c)' }],
      removed: [],
      changed: [
        { name: 'c', what: 'Conv(x, w, b) {pads=[1, 1, 1, 1]} → Conv(x, w, b) {group=1, pads=[1, 1, 1, 1]}' },
        { name: 'y', what: 'Relu(c) → Mul(c, s)' },
      ],
    },
    initializers: {
      added: [{ name: 'extra', what: 'int64 [1]' }],
      changed: [{ name: 'b', what: 'float32 [4]: 1 of 4 values differ, by 0.500 at most' }],
    },
  });
});

test('a rewritten model is written where asked for, and a dry run writes nothing', async () => {
  const source = fixture('exports/sesr_m3_op17.onnx');
  const dry = await dyno('rewrite', source, '-t', 'ane', '-o', 'out/small.onnx', '--dry-run', '--verify', 'off', '--json');
  expect(dry.json).toMatchObject({ rewrites: [{ target: 'ane:A15', written: null }] });
  expect(existsSync(folder('out'))).toBe(false);
  const { code, json } = await dyno('rewrite', source, '-t', 'ane', '-o', 'out/small.onnx', '--json');
  expect(code).toBe(0);
  const { log } = (
    json as { rewrites: [{ log: { nodesBefore: number; nodesAfter: number; whole: { maxRelToRange: number; evidence: string } } }] }
  ).rewrites[0];
  expect(log.nodesAfter).toBeLessThan(log.nodesBefore);
  expect(log.whole).toMatchObject({ evidence: 'verified(host)' });
  expect(log.whole.maxRelToRange).toBeLessThan(1e-5);
  expect((await dyno('inspect', 'out/small.onnx', '--json')).json).toMatchObject({ nodes: log.nodesAfter });
});

test('without -o every target gets a file of its own beside the model', async () => {
  writeFileSync(folder('m.onnx'), readFileSync(fixture('exports/plain_clip_x2_op17.onnx')));
  await dyno('rewrite', 'm.onnx', '-t', 'ane:A15,htp:v75', '--verify', 'off', '--json');
  expect(readdirSync(folder()).sort()).toEqual(['m.ane-a15.onnx', 'm.htp-sm8650.onnx', 'm.onnx']);
});

test('check takes open shapes from --static', async () => {
  const path = put('m.onnx', spec);
  const open = await dyno('check', path, '-t', 'ane', '--json', '--fail-on', 'none');
  const fixed = await dyno('check', path, '-t', 'ane', '--json', '--fail-on', 'none', '--static', 'x=1x3x8x8');
  const rules = ({ json }: { json: unknown }): string[] =>
    (json as { checks: { causes: { findings: { rule: string }[] }[] }[] }).checks.flatMap(({ causes }) =>
      causes.flatMap(({ findings }) => findings.map(({ rule }) => rule)),
    );
  expect(rules(open)).toContain('ane/dynamic-shape');
  expect(rules(fixed)).not.toContain('ane/dynamic-shape');
});

test('explain knows every rule and every rewrite, and rules name rewrites that exist', async () => {
  const { json } = await dyno('explain', '--json');
  const { rules, rewrites } = json as { rules: { id: string }[]; rewrites: { id: string }[] };
  expect(rules.map(({ id }) => id)).toEqual(RULES.map(({ id }) => id));
  expect(rewrites.map(({ id }) => id)).toEqual(expect.arrayContaining([...REWRITES.keys()]));
  expect(
    RULES.flatMap(({ id, rewrites: ids }) => (ids ?? []).filter((other) => !REWRITES.has(other)).map((other) => `${id}: ${other}`)),
  ).toEqual([]);
  expect((await dyno('explain', 'rank-over-5')).stderr).toContain('may be ane/rank-over-5 or htp/rank-over-5');
});

test('init writes a config that check then uses', async () => {
  put('net.onnx', spec);
  expect((await dyno('init', '--target', 'htp:v75', '--data', 'photos')).code).toBe(0);
  expect(JSON.parse(readFileSync(folder('dyno.config.json'), 'utf8'))).toMatchObject({
    models: { net: 'net.onnx' },
    targets: ['htp:v75'],
    images: 'photos',
  });
  expect((await dyno('check', '--json', '--fail-on', 'none')).json).toMatchObject({ checks: [{ model: 'net', target: 'htp:SM8650' }] });
  expect((await dyno('init')).stderr).toContain('dyno.config.json is there already');
});

test.each([
  ['truncated', (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length * 0.6)), /truncated|damaged|cut|ends/i],
  ['a Git LFS pointer', () => Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 1234\n'), /LFS/],
  ['empty', () => Buffer.alloc(0), /is empty/],
])('%s: rewrite ends with 2, one message, and writes nothing', async (_, damage, message) => {
  writeFileSync(folder('m.onnx'), damage(readFileSync(fixture('exports/sesr_m3_op17.onnx'))));
  const { code, stderr, stdout } = await dyno('rewrite', 'm.onnx', '-t', 'ane', '-o', 'out.onnx');
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr.match(/^error {2}/gm)).toHaveLength(1);
  expect(stdout).toBe('');
  expect(readdirSync(folder())).toEqual(['m.onnx']);
});

test('an open shape where a size is needed names the flag; a folder without pictures says so; both end with 2', async () => {
  put('m.onnx', spec);
  const quantized = await dyno('quantize', 'm.onnx', '--data', '.', '-o', 'q.onnx');
  expect(quantized.code).toBe(2);
  expect(quantized.stderr).toMatch(/holds no images/);
  const cut = await dyno('check', 'm.onnx', '-t', 'ane', '--static', 'y=1x3x8x8');
  expect([cut.code, cut.stderr]).toEqual([2, expect.stringMatching(/no input "y"/)]);
  expect(readdirSync(folder())).toEqual(['m.onnx']);
});

test('a list that names nothing, and a size that the model cannot take, are said before anything runs', async () => {
  const model = put('m.onnx', spec);
  expect(await dyno('check', model, '-t', '')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--target names nothing') });
  const odd = await dyno('bench', fixture('exports/unshuffle_ultra_dynamic_op17.onnx'), '--size', '33', '--rounds', '1', '--wait', '0');
  expect(odd.code).toBe(2);
  expect(odd.stderr).toMatch(/whole number[\s\S]*--size N/);
});

test('what is wrong with a graph names its file; the model that is read is not written over', async () => {
  const cycle = put('cycle.onnx', {
    inputs: { x: ['float32', [1]] }, outputs: { y: ['float32', [1]] },
    nodes: [['Add', ['x', 'b'], ['a'], {}, { name: 'n1' }], ['Relu', ['a'], ['b'], {}, { name: 'n2' }], ['Relu', ['b'], ['y']]],
  });
  expect((await dyno('inspect', cycle)).stderr).toMatch(/cycle\.onnx: The graph has a cycle: n1 → n2 → n1\./);
  const model = put('m.onnx', spec);
  const before = readFileSync(model);
  expect(await dyno('rewrite', model, '-t', 'ane', '-o', model)).toMatchObject({ code: 2, stderr: expect.stringContaining('is not written over') });
  expect(readFileSync(model).equals(before)).toBe(true);
});
