/**
 * Reading, touching one tensor and saving a model of 1.9 GB (inline, and with external data), as whole processes beside `cp` of the same
 * files.
 *
 *     npx tsx test/bench/large-model.ts [--runs 5] [--folder DIR] [--gigabytes 1.88]
 *
 * Needs three times the size on the disk of DIR (default: the system's temporary folder). Runs alternate with `cp`; min and median are
 * given.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { writeModel } from '../../models/onnx/index.ts';
import { repoRoot } from '../support/paths.ts';
import { largeModel } from './generate-model.ts';
import { type ProcessRun, runProcess, summarize } from './process-times.ts';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    folder: { type: 'string', default: tmpdir() },
    gigabytes: { type: 'string', default: '1.88' },
  },
});

const folder = mkdtempSync(join(options.folder, 'dyno-large-'));
try {
  const program = await bundleProgram();
  console.log(`node -e 0: ${summary(Array.from({ length: Number(options.runs) }, () => runProcess(process.execPath, ['-e', '0'])))}`);
  for (const form of ['inline', 'external'] as const) {
    const input = join(folder, form);
    mkdirSync(input);
    await writeModel(largeModel(Number(options.gigabytes)), join(input, 'model.onnx'), form === 'external' ? { inlineLimit: 1_000_000 } : {});
    measure(form, program, input);
    rmSync(input, { recursive: true });
  }
} finally {
  rmSync(folder, { recursive: true });
}

function measure(form: string, program: string, input: string): void {
  const ours: ProcessRun[] = [];
  const copies: ProcessRun[] = [];
  const output = join(folder, 'out');
  for (let i = 0; i < Number(options.runs); i++) {
    ours.push(intoEmpty(output, () => runProcess(process.execPath, [program, join(input, 'model.onnx'), join(output, 'model.onnx')])));
    copies.push(intoEmpty(output, () => runProcess('cp', ['-r', '--reflink=never', `${input}/.`, output])));
  }
  rmSync(output, { recursive: true });
  const ratio = (which: 'min' | 'median'): string => (summarize(ours)[which] / summarize(copies)[which]).toFixed(2);
  console.log(
    `${form}: read, touch a tensor, write ${summary(ours)}; cp ${summary(copies)}; ratio min ${ratio('min')}, median ${ratio('median')}`,
  );
}

function intoEmpty(output: string, action: () => ProcessRun): ProcessRun {
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output);
  execFileSync('sync');
  const result = action();
  if (readdirSync(output).length === 0) throw new Error('nothing was written');
  return result;
}

function summary(runs: readonly ProcessRun[]): string {
  const { min, median, mebibytes } = summarize(runs);
  return `${min.toFixed(2)} / ${median.toFixed(2)} s, ${mebibytes.toFixed(0)} MiB`;
}

/**
 * The measured program as people run it: compiled, no TypeScript loader. It edits one small tensor and puts a node's name first, so that
 * everything moves.
 */
async function bundleProgram(): Promise<string> {
  const outdir = join(repoRoot, '.dyno/bench');
  const contents = `
    import { cloneMessage, readModel, tensorBytes, writeModel } from './models/onnx/index.ts';
    const [, , input, output] = process.argv;
    const model = readModel(input);
    const graph = model.proto.graph;
    const touch = (t) => cloneMessage(t, { rawData: tensorBytes(t).map((b) => b ^ 1), dataLocation: 0, externalData: [] });
    const initializer = graph.initializer.map((t) => (t.name === 'bias' ? touch(t) : t));
    const edited = cloneMessage(model.proto, { graph: cloneMessage(graph, { initializer }), producerName: 'dyno bench' });
    await writeModel(edited, output, { from: model });
    model.close();`;
  await build({
    stdin: { contents, resolveDir: repoRoot, loader: 'js' },
    outdir,
    entryNames: 'large-model',
    bundle: true,
    splitting: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    external: ['onnx-proto'],
    banner: { js: 'import{createRequire as dynoRequire}from"node:module";const require=dynoRequire(import.meta.url);' },
  });
  return join(outdir, 'large-model.mjs');
}
