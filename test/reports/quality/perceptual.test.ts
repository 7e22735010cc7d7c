import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Tensor } from '../../../models/onnx/index.ts';
import { imageOf } from '../../../reports/quality/image.ts';
import { openMeasure } from '../../../reports/quality/open-measure.ts';
import { parseProtocol } from '../../../reports/quality/protocol.ts';
import { buildModel, type GraphSpec, toBytes } from '../../support/build-model.ts';
import { fixture } from '../../support/paths.ts';
import { picture, writeModel } from '../../support/quality.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const about = { image: 'a.png', variant: 'v', scale: 2 };

interface Networks {
  readonly weights: number[];
  readonly bias: number[];
  readonly width: number;
  readonly height: number;
  readonly a: number[][];
  readonly b: number[][];
  readonly cases: { readonly low: number; readonly high: number; readonly squared: number; readonly features: number }[];
}

/** What numpy makes of the same weights: test/fixtures/quality/make-metrics.py. */
const { networks } = JSON.parse(readFileSync(fixture('quality/metrics.json'), 'utf8')) as { networks: Networks };
const image = (planes: number[][]) => imageOf(planes.map((data) => ({ width: networks.width, height: networks.height, data: Uint8Array.from(data) })));
const initializers = { w: Tensor.of('float32', [4, 3, 3, 3], networks.weights), b: Tensor.of('float32', [4], networks.bias) };
const pictureInput = ['float32', [1, 3, 'H', 'W']] as const;

/** One convolution with ReLU. */
const features: GraphSpec = { inputs: { x: pictureInput }, outputs: { f: ['float32', null] }, initializers, nodes: [['Conv', ['x', 'w', 'b'], ['c']], ['Relu', ['c'], ['f']]] };
/** Mean squared difference of those features. */
const distance: GraphSpec = {
  inputs: { x: pictureInput, y: pictureInput }, outputs: { d: ['float32', null] }, initializers,
  nodes: [
    ['Conv', ['x', 'w', 'b'], ['cx']], ['Relu', ['cx'], ['fx']], ['Conv', ['y', 'w', 'b'], ['cy']], ['Relu', ['cy'], ['fy']],
    ['Sub', ['fx', 'fy'], ['s']], ['Mul', ['s', 's'], ['m']], ['ReduceMean', ['m'], ['d'], { keepdims: 1 }],
  ],
};

describe.each(networks.cases)('a network that expects $low to $high', ({ low, high, squared, features: expected }) => {
  test.each([['two pictures to a number', distance, squared], ['one picture to features', features, expected]] as const)('%s is what numpy makes of it', async (_, spec, value) => {
    const protocol = parseProtocol(`onnx:${writeModel(temporary('net.onnx'), spec)}:range=${low}..${high}:crop0`);
    const { measure, tools, close } = await openMeasure(protocol);
    expect(Math.abs((await measure(image(networks.a), image(networks.b), about)) / value - 1)).toBeLessThan(1e-4);
    expect(await measure(image(networks.a), image(networks.a), about)).toBeCloseTo(0, 6);
    expect(Object.keys(tools ?? {})).toEqual(['net.onnx']);
    await close();
  });
});

test('the range may stand in the metadata of the network; the protocol goes first', async () => {
  const model = { ...buildModel(distance), metadataProps: [{ key: 'input_range', value: '-1..1' }] };
  writeFileSync(temporary('net.onnx'), toBytes(model));
  const [third, second] = [networks.cases[2], networks.cases[1]] as [Networks['cases'][number], Networks['cases'][number]];
  for (const [text, { squared }] of [['', second], [':range=0..255', third]] as const) {
    const { measure, close } = await openMeasure(parseProtocol(`onnx:${temporary('net.onnx')}${text}:crop0`));
    expect(Math.abs((await measure(image(networks.a), image(networks.b), about)) / squared - 1)).toBeLessThan(1e-4);
    await close();
  }
});

describe('networks that are none', () => {
  test('a file that is not there, three inputs, one channel, a range that is none', async () => {
    const open = (spec: GraphSpec): Promise<unknown> => openMeasure(parseProtocol(`onnx:${writeModel(temporary('net.onnx'), spec)}`));
    await expect(openMeasure(parseProtocol(`onnx:${temporary('gone.onnx')}`))).rejects.toThrow('There is no network');
    await expect(open({ ...distance, inputs: { x: pictureInput, y: pictureInput, z: pictureInput } })).rejects.toThrow('no perceptual network: it takes "x", "y", "z"');
    await expect(open({ ...features, inputs: { x: ['float32', [1, 1, 'H', 'W']] } })).rejects.toThrow('no perceptual network');
    writeFileSync(temporary('range.onnx'), toBytes({ ...buildModel(distance), metadataProps: [{ key: 'input_range', value: '1 to 2' }] }));
    await expect(openMeasure(parseProtocol(`onnx:${temporary('range.onnx')}`))).rejects.toThrow('which is no range');
  });

  test('pictures of another size than the one it takes', async () => {
    const { measure, close } = await openMeasure(parseProtocol(`onnx:${writeModel(temporary('net.onnx'), { ...features, inputs: { x: ['float32', [1, 3, 8, 8]] } })}:crop1`));
    await expect(measure(picture(12, 10), picture(12, 10, 4), about)).rejects.toThrow('takes pictures of 8×8 only; this one has 10×8');
    expect(await measure(picture(10, 10), picture(10, 10), about)).toBeCloseTo(0, 6);
    await close();
  });

  test('two pictures to a map instead of a number', async () => {
    const { measure, close } = await openMeasure(parseProtocol(`onnx:${writeModel(temporary('net.onnx'), { ...distance, outputs: { m: ['float32', null] }, nodes: distance.nodes.slice(0, -1) })}`));
    await expect(measure(picture(12, 12), picture(12, 12, 4), about)).rejects.toThrow('[1, 4, 6, 6], which is no single value');
    await close();
  });
});
