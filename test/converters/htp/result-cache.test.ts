import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cachedCompile, type HtpToolchain } from '../../../converters/htp/index.ts';
import { resolveSoc } from '../../../converters/rules/index.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { fixture } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const plain = fixture('exports', 'plain_clip_x2_op17.onnx');

/** A toolchain that cannot compile: only a cache can answer for it. */
function withoutPython(packages: Readonly<Record<string, string>>): HtpToolchain {
  const worker = { run: () => Promise.reject(new Error('Python was asked')) } as unknown as HtpToolchain['worker'];
  return { worker, packages, close: async () => undefined };
}

describe.skipIf(!htpToolchain)(`results are kept${htpMissing}`, () => {
  const toolchain = htpToolchain as HtpToolchain;
  const soc = resolveSoc('SM8550').soc;
  const entries = (): string[] => readdirSync(temporary('htp'));

  test('the second answer needs no Python and is the first one; a copy of the model elsewhere is the same model', async () => {
    const first = await cachedCompile(toolchain, { modelPath: plain, soc }, temporary());
    expect(first.cached).toBe(false);
    const copy = temporary('copy.onnx');
    copyFileSync(plain, copy);
    const deaf = withoutPython(toolchain.packages);
    for (const modelPath of [plain, copy]) expect(await cachedCompile(deaf, { modelPath, soc }, temporary())).toEqual({ report: first.report, cached: true });
    expect(entries()).toHaveLength(1);

    const others = [
      { modelPath: plain, soc: resolveSoc('SM8650').soc },
      { modelPath: plain, soc, options: { optimization: 3 as const } },
      { modelPath: plain, soc, session: { 'ep.context_enable': '1' } },
      { modelPath: plain, soc, static: new Map([['input', [1, 3, 32, 32]]]) },
      { modelPath: fixture('exports', 'plain_clip_x3_dynamo.onnx'), soc },
    ];
    for (const request of others) await expect(cachedCompile(deaf, request, temporary())).rejects.toThrow('Python was asked');
    await expect(cachedCompile(withoutPython({ ...toolchain.packages, 'onnxruntime-qnn': '9.0.0' }), { modelPath: plain, soc }, temporary())).rejects.toThrow('Python was asked');

    const [name] = entries();
    const path = join(temporary('htp'), name as string);
    for (const damage of ['', '{', '{"key":"other"}', readFileSync(path, 'utf8').slice(0, -9)]) {
      writeFileSync(path, damage);
      await expect(cachedCompile(deaf, { modelPath: plain, soc }, temporary())).rejects.toThrow('Python was asked');
    }
    expect((await cachedCompile(toolchain, { modelPath: plain, soc }, temporary())).report.graphs).toEqual(first.report.graphs);
    expect((await cachedCompile(deaf, { modelPath: plain, soc }, temporary())).cached).toBe(true);
  });

  test('a folder that cannot be written to costs the cache, not the answer', async () => {
    const blocked = temporary('file');
    writeFileSync(blocked, '');
    expect((await cachedCompile(toolchain, { modelPath: plain, soc }, blocked)).report.htpGraphs).toBe(1);
  });
});
