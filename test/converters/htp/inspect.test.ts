import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { compileToFolder, type HtpToolchain } from '../../../converters/htp/index.ts';
import { readArtifact } from '../../../converters/htp/inspect/read-artifact.ts';
import { resolveSoc } from '../../../converters/rules/index.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { fixture } from '../../support/paths.ts';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();

describe.skipIf(!htpToolchain)(`what dyno compile wrote, read back${htpMissing}`, () => {
  const toolchain = htpToolchain as HtpToolchain;
  afterAll(() => toolchain.close());

  test('manifest, graph, DLC and context: chip, build, tensors, records, hashes; a file that was changed or is gone', async () => {
    const folder = temporary('compiled');
    const { artifacts } = await compileToFolder(toolchain, { modelPath: fixture('exports', 'plain_clip_x2_op17.onnx'), soc: resolveSoc('SM8550').soc }, folder);
    const fileOf = (what: string): string => `${folder}/${artifacts.find((artifact) => artifact.what === what)?.file}`;

    const graph = await readArtifact(fileOf('qnn-graph'));
    expect(graph).toMatchObject({ compiledFor: { chip: 'SM8550' }, content: { inputs: [{ name: 'input', type: 'float32', dims: [1, 3, 32, 32] }], outputs: [{ name: 'output', dims: [1, 3, 64, 64] }], operators: { Conv2d: 4, DepthToSpace: 1 } } });
    const dlc = await readArtifact(fileOf('dlc'));
    expect(dlc.content).toMatchObject({ kind: 'dlc', version: expect.stringMatching(/^2\./), records: expect.arrayContaining([{ name: 'model', bytes: expect.any(Number) }]) });
    const context = await readArtifact(fileOf('context-binary'));
    expect(context.content).toMatchObject({ kind: 'context-binary', build: expect.stringMatching(/^v2\./), chips: ['SM8550'], hexagon: ['73'], graphs: [expect.stringContaining('QNNExecutionProvider')] });

    const manifest = `${folder}/compiled.json`;
    expect(await readArtifact(manifest)).toMatchObject({ content: { kind: 'compiled', model: 'plain_clip_x2_op17.onnx', report: { chip: 'SM8550' } } });
    appendFileSync(fileOf('dlc'), 'x');
    rmSync(fileOf('context-binary'));
    const { content } = await readArtifact(manifest);
    expect(content.kind === 'compiled' && content.artifacts.map(({ what, state }) => [what, state]).sort()).toEqual([['context-binary', 'missing'], ['context-model', 'as written'], ['dlc', 'changed'], ['qnn-graph', 'as written']]);
    const shown = await runCli(['inspect', manifest]);
    expect([shown.code, shown.stdout]).toEqual([1, expect.stringContaining('missing')]);
    expect(readdirSync(folder)).toContain('compiled.json');
    expect((await readArtifact(fileOf('dlc'))).compiledFor).toBeNull();
  });
});

describe('files that are something else', () => {
  test.each([['net.json', '{"name": "npu-dyno"}', /neither a QNN graph/], ['cut.json', '{"graph": ', /no JSON/], ['model.dlc', 'PK not really', /no DLC/], ['weights.bin', 'weights of something', /no context binary/], ['empty.dlc', '', /no DLC/]])('%s is refused', async (name, text, message) => {
    const path = temporary(name);
    writeFileSync(path, text);
    await expect(readArtifact(path)).rejects.toThrow(message);
  });

  test('a DLC that is cut off anywhere is refused, never read beyond its end', async () => {
    const entry = Buffer.concat([Buffer.from('504b0304', 'hex'), Buffer.alloc(22), Buffer.from('0500', 'hex'), Buffer.alloc(2), Buffer.from('modelabc')]);
    const directory = Buffer.alloc(46 + 5);
    directory.writeUInt32LE(0x02014b50, 0);
    directory.writeUInt32LE(3, 20);
    directory.writeUInt32LE(3, 24);
    directory.writeUInt16LE(5, 28);
    directory.write('model', 46);
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(1, 10);
    end.writeUInt32LE(entry.length, 16);
    const whole = Buffer.concat([entry, directory, end]);
    const path = temporary('model.dlc');
    writeFileSync(path, whole);
    expect((await readArtifact(path)).content).toMatchObject({ records: [{ name: 'model', bytes: 3 }], tool: null });
    for (let cut = 0; cut < whole.length; cut += 3) {
      writeFileSync(path, whole.subarray(0, cut));
      await expect(readArtifact(path)).rejects.toThrow(/no DLC/);
    }
    expect(readFileSync(path).length).toBeLessThan(whole.length);
  });
});
