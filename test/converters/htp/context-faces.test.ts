import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { type HtpToolchain, savedContext } from '../../../converters/htp/index.ts';
import { readContextFaces } from '../../../converters/htp/inspect/context-faces.ts';
import { resolveSoc } from '../../../converters/rules/index.ts';
import { Model, staticShape } from '../../../models/graph/index.ts';
import { readModel } from '../../../models/onnx/index.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { fixture } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const cache = temporary('cache');

/** Oracle: the EPContext model that ONNX Runtime wrote beside the binary. */
describe.skipIf(!htpToolchain)(`faces of context binaries${htpMissing}`, () => {
  const toolchain = htpToolchain as HtpToolchain;
  afterAll(() => toolchain.close());
  const compiled = async (name: string, chip: string): Promise<{ binary: string; modelPath: string; nodes: readonly string[] }> => {
    const { context, report } = await savedContext(toolchain, { modelPath: fixture('exports', `${name}.onnx`), soc: resolveSoc(chip).soc }, cache);
    return { binary: context?.binaries[0]?.path as string, modelPath: context?.modelPath as string, nodes: report.nodes.map(({ label }) => label) };
  };

  test.each([['plain_clip_x2_op17', 'SM8550', 43, 5], ['channel_shuffle_op17', 'SM8350', 30, 3], ['grid_six_axes_op17', 'SM8650', 57, 0]] as const)('%s for %s: graphs, names, types, sizes, chip', async (name, chip, socModel, operations) => {
    const { binary, modelPath, nodes } = await compiled(name, chip);
    const faces = readContextFaces(binary);
    expect(faces).toMatchObject({ socModel, build: expect.stringMatching(/^v2\.\d+\.\d+\.\d{12}$/) as string });
    const onnx = readModel(modelPath);
    const model = new Model(onnx.proto);
    const written = [...model.graph.nodes()].filter(({ opType }) => opType === 'EPContext').map((node) => ({
      name: node.attributes.string('partition_name', ''),
      inputs: node.inputs.map((value) => [value?.name, value?.type.dtype, staticShape(value?.type as never)]).sort(),
      outputs: node.outputs.map((value) => [value?.name, value?.type.dtype, staticShape(value?.type as never)]).sort(),
    }));
    onnx.close();
    const short = (tensors: readonly { name: string; type: string; dims: readonly number[] }[]): unknown[] => tensors.map(({ name: tensor, type, dims }) => [tensor, type, dims]).sort();
    expect(faces?.graphs.map((graph) => ({ name: graph.name, inputs: short(graph.inputs), outputs: short(graph.outputs) }))).toEqual(written);
    const bare = (faces?.operations ?? []).map((operation) => operation.replace(/_token_\d+(?:_\d+)?$/, ''));
    expect(bare.filter((operation) => nodes.includes(operation)).length).toBeGreaterThanOrEqual(operations);
  });

  test('null for other files, for what was cut off, and for what was changed', async () => {
    const { binary } = await compiled('plain_clip_x2_op17', 'SM8550');
    const bytes = readFileSync(binary);
    const broken = (name: string, content: Uint8Array): string => {
      writeFileSync(temporary(name), content);
      return temporary(name);
    };
    expect(readContextFaces(fixture('exports', 'plain_clip_x2_op17.onnx'))).toBeNull();
    for (const length of [0, 20, 100, 300, 700]) expect(readContextFaces(broken('cut.bin', bytes.subarray(0, length)))).toBeNull();
    for (let at = 0x10; at < 0x100; at += 4) {
      const changed = Buffer.from(bytes);
      changed.writeUInt32LE(0xfffffff0, at);
      expect(() => readContextFaces(broken('changed.bin', changed)), `at ${at}`).not.toThrow();
    }
  });
});
