import { describe, expect, test } from 'vitest';
import { matchFaces } from '../../../converters/qnn/match-faces.ts';
import { type FoundTensor, readContextJson, readNetJson } from '../../../converters/qnn/read-faces.ts';
import { inputListText, writeRawInputs } from '../../../converters/qnn/raw-inputs.ts';
import { mkdirSync, readFileSync } from 'node:fs';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();

function found(name: string, dims: readonly number[]): FoundTensor {
  return { name, dims, type: 'float32', scale: null, offset: null };
}

/** Axes of a single face, and what was said about it. */
function axesOf(dims: readonly number[], source: readonly number[], spatialFirst = true): [axes: readonly number[] | null, notes: number] {
  const notes: string[] = [];
  const [tensor] = matchFaces([found('x', dims)], [{ name: 'x', dims: source }], spatialFirst, notes);
  return [tensor?.axes ?? null, notes.length];
}

describe('axes are read off sizes', () => {
  test.each<[string, readonly number[], readonly number[], boolean, readonly number[] | null, number]>([
    ['channels last', [1, 8, 12, 3], [1, 3, 8, 12], false, [0, 2, 3, 1], 0],
    ['as in the model, against the rule', [1, 3, 8, 12], [1, 3, 8, 12], true, null, 0],
    ['a square image', [1, 8, 8, 3], [1, 3, 8, 8], false, [0, 2, 3, 1], 0],
    ['a square image as it was', [1, 3, 8, 8], [1, 3, 8, 8], true, null, 0],
    ['as many channels as rows and columns: the rule, with a note', [1, 8, 8, 8], [1, 8, 8, 8], true, [0, 2, 3, 1], 1],
    ['the same by the other rule', [1, 8, 8, 8], [1, 8, 8, 8], false, null, 1],
    ['nothing to move: no note', [1, 1, 1, 1], [1, 1, 1, 1], true, null, 0],
    ['batch of several', [4, 8, 8, 4], [4, 4, 8, 8], false, [0, 2, 3, 1], 0],
    ['one channel', [1, 8, 12, 1], [1, 1, 8, 12], false, [0, 2, 3, 1], 0],
    ['three axes', [1, 12, 5], [1, 5, 12], false, [0, 2, 1], 0],
    ['five axes', [1, 4, 5, 6, 2], [1, 2, 4, 5, 6], false, [0, 2, 3, 4, 1], 0],
    ['a vector', [7], [7], true, null, 0],
  ])('%s', (_, dims, source, rule, axes, notes) => {
    expect(axesOf(dims, source, rule)).toEqual([axes, notes]);
  });

  test('sizes that fit in no order are no face of the model', () => {
    expect(() => axesOf([1, 12, 8, 3], [1, 3, 8, 12])).toThrow(/"x" is \[1,12,8,3\] and "x" is \[1,3,8,12\]/);
  });
});

describe('names', () => {
  const names = (tensors: readonly FoundTensor[], faces: readonly { name: string; dims: readonly number[] }[]): string[] => matchFaces(tensors, faces, true, []).map(({ name, onnxName }) => `${onnxName}=${name}`);

  test('as QNN makes identifiers of them', () => {
    const faces = [{ name: '/model/Conv_output_0', dims: [2] }, { name: '1', dims: [2] }, { name: 'a-b', dims: [2] }, { name: 'plain', dims: [2] }];
    expect(names(['plain', 'a_b', '_1', '_model_Conv_output_0'].map((name) => found(name, [2])), faces)).toEqual(['/model/Conv_output_0=_model_Conv_output_0', '1=_1', 'a-b=a_b', 'plain=plain']);
  });

  test('by the only sizes that fit, where a name was made otherwise', () => {
    expect(names([found('t7', [1, 4, 4, 3]), found('scale', [5])], [{ name: 'image', dims: [1, 3, 4, 4] }, { name: 'scale', dims: [5] }])).toEqual(['image=t7', 'scale=scale']);
  });

  test('two that could be either are not guessed', () => {
    const faces = [{ name: 'a', dims: [5] }, { name: 'b', dims: [5] }];
    expect(() => names([found('t1', [5]), found('t2', [5])], faces)).toThrow(/"a" could be any of t1, t2/);
    expect(() => names([found('a', [5])], faces)).toThrow(/1 tensors for 2/);
  });
});

describe('descriptions of the tools', () => {
  const tensor = { id: 3, type: 0, data_type: 1032, quant_params: { definition: 1, encoding: 0, scale_offset: { scale: 0.5, offset: -128 } }, current_dims: [1, 4, 4, 3], max_dims: [1, 4, 4, 3], params_count: 0 };

  test('_net.json as documented, and with the older key for sizes', () => {
    const net = { graph: { tensors: { y: { ...tensor, id: 9, type: 1, data_type: 534, quant_params: { definition: 0x7fffffff } }, b: { ...tensor, id: 4 }, a: { ...tensor, id: 3, current_dims: undefined, dims: [7] }, w: { ...tensor, type: 4 } }, nodes: {} } };
    const { inputs, outputs } = readNetJson(JSON.stringify(net));
    expect(inputs).toEqual([{ name: 'a', type: 'ufixed-8', dims: [7], scale: 0.5, offset: -128 }, { name: 'b', type: 'ufixed-8', dims: [1, 4, 4, 3], scale: 0.5, offset: -128 }]);
    expect(outputs).toEqual([{ name: 'y', type: 'float16', dims: [1, 4, 4, 3], scale: null, offset: null }]);
  });

  test.each([['no JSON', 'nothing'], ['another file', '{}'], ['a type that nobody knows', JSON.stringify({ graph: { tensors: { x: { ...tensor, data_type: 9 }, y: { ...tensor, type: 1 } } } })]])('%s is said', (_, text) => {
    expect(() => readNetJson(text)).toThrow(/_net\.json cannot be read/);
  });

  test('a context by the utility, also with the older name of scale and offset', () => {
    const info = (key: string) => ({ name: 'x', dimensions: [1, 4, 4, 3], dataType: 'QNN_DATATYPE_UFIXED_POINT_16', quantizeParams: { definition: 'QNN_DEFINITION_DEFINED', [key]: { scale: 0.25, offset: -7 } } });
    const text = (...graphs: object[]) => JSON.stringify({ info: { buildId: 'v2.40.0.250724175447_124859', graphs } });
    const graph = { info: { graphName: 'model', graphInputs: [{ info: info('scaleOffset') }], graphOutputs: [{ info: { ...info('scaleOffsetEncoding'), name: 'y' } }] } };
    expect(readContextJson(text(graph))).toMatchObject({ graph: 'model', build: 'v2.40.0.250724175447_124859', inputs: [{ name: 'x', type: 'ufixed-16', scale: 0.25, offset: -7 }], outputs: [{ name: 'y', scale: 0.25, offset: -7 }] });
    expect(() => readContextJson(text(graph, graph))).toThrow(/it has 2 graphs/);
  });
});

describe('calibration files', () => {
  const feed = new Map([['in', { dtype: 'float32' as const, dims: [1, 2, 2, 3], data: Float32Array.from({ length: 12 }, (_, i) => i) }], ['n', { dtype: 'int32' as const, dims: [2], data: Int32Array.from([7, -1]) }]]);

  test('channels last, little-endian float32, or in the types of the model', () => {
    mkdirSync(temporary('raw'));
    writeRawInputs(temporary('raw'), ['in', 'n'], [feed], { spatialFirst: true, native: false });
    const read = (name: string): Buffer => readFileSync(temporary('raw', name));
    expect([...new Float32Array(new Uint8Array(read('0-in.raw')).buffer)]).toEqual([0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11]);
    expect([...new Float32Array(new Uint8Array(read('0-n.raw')).buffer)]).toEqual([7, -1]);
    writeRawInputs(temporary('raw'), ['in', 'n'], [feed], { spatialFirst: false, native: true });
    expect([...new Float32Array(new Uint8Array(read('0-in.raw')).buffer)]).toEqual([...feed.get('in')?.data as Float32Array]);
    expect([...new Int32Array(new Uint8Array(read('0-n.raw')).buffer)]).toEqual([7, -1]);
  });

  test('the list names inputs where there are several, and where their names survive', () => {
    expect(inputListText(['x'], 2)).toBe('raw/0-x.raw\nraw/1-x.raw\n');
    expect(inputListText(['x', 'y'], 1)).toBe('x:=raw/0-x.raw y:=raw/0-y.raw\n');
    expect(inputListText(['/a:0', '1'], 1)).toBe('raw/0-_a_0.raw raw/0-_1.raw\n');
  });
});
