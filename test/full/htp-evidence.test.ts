import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { rewriteFor } from '../../cli/work/rewrite-model.ts';
import { RewriteCompiler } from '../../cli/work/rewrite-compiler.ts';
import { createHostExecutor, readNpy } from '../../models/run/index.ts';
import { compareFigures } from '../../converters/tune/evidence.ts';
import { inferShapes, Model } from '../../models/graph/index.ts';
import { readModel } from '../../models/onnx/index.ts';
import { htpMissing, htpToolchain } from '../support/htp.ts';
import { fixture } from '../support/paths.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const EXPORTS = readdirSync(fixture('exports')).filter((f) => f.endsWith('.onnx')).map((f) => f.slice(0, -5));
const temporary = temporaryFolder();
const executor = createHostExecutor();
const compiler = new RewriteCompiler(process.env);
afterAll(async () => {
  await executor.close();
  await compiler.close();
});

describe.skipIf(!htpToolchain)(`all exports rewritten by evidence${htpMissing}`, () => {
  test.each(EXPORTS)('%s: one graph, no rewrite without need or gain, the same function in ONNX Runtime and in the emulator', async (name) => {
    const path = fixture('exports', `${name}.onnx`);
    const file = readModel(path);
    const model = new Model(file.proto);
    inferShapes(model);
    const input = model.graph.inputs.find(({ initializer }) => !initializer)?.name as string;
    file.close();
    const { evidence, emulated, notes, log } = await rewriteFor({
      ref: { id: name, path }, target: 'htp:SM8550', precision: 'fp16', settings: { only: [], skip: [], allow: [], verify: 'quick', opset: null }, seed: 1,
      out: temporary(`${name}.onnx`), shapes: [`${input}=${readNpy(join(path.replace(/\.onnx$/, '.input.npy'))).dims.join('x')}`], executor, compiler, emulate: true,
      progress: () => undefined, signal: new AbortController().signal,
    });
    expect(evidence?.after).toMatchObject({ graphs: 1, cpuNodes: 0, failure: null });
    const { before, after, decided } = evidence as NonNullable<typeof evidence>;
    for (const { rewrite, other } of decided) expect([rewrite, compareFigures(after, other) <= 0]).toEqual([rewrite, true]);
    const needed = log.records.some(({ rewrite, outcome }) => outcome === 'fired' && /^(rank|form)\//.test(rewrite));
    if (!needed) expect(compareFigures(after, before)).toBeLessThanOrEqual(0);
    expect(emulated?.findings).toEqual([]);
    expect(notes.filter((note) => note.startsWith('Not compiled'))).toEqual([]);
    const fired = [...new Set(log.records.filter(({ outcome }) => outcome === 'fired').map(({ rewrite }) => rewrite))];
    for (const id of fired) {
      const facts = log.records.filter(({ rewrite }) => rewrite === id || (id.startsWith('clean/') && rewrite.startsWith('clean/'))).flatMap(({ facts }) => Object.entries(facts ?? {}));
      expect([id, facts.some(([key, value]) => key.endsWith('compiled') || String(value).endsWith('(compiled)'))]).toEqual([id, true]);
    }
  });
});
