/**
 * Reading, touching one tensor and saving a model of 1.9 GB (inline, and with external data), as whole processes beside `cp` of the same
 * files.
 *
 *     npx tsx test/bench/large-model.ts [--runs 5] [--folder DIR] [--gigabytes 1.88]
 *
 * Needs three times the size on the disk of DIR (default: the system's temporary folder). Runs alternate with `cp`; min and median are
 * given.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { type ModelProto, writeModel } from '../../models/onnx/index.ts';
import { repoRoot } from '../support/paths.ts';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    folder: { type: 'string', default: tmpdir() },
    gigabytes: { type: 'string', default: '1.88' },
  },
});

const TENSOR_BYTES = 64 * 2 ** 20;

const folder = mkdtempSync(join(options.folder, 'dyno-large-'));
try {
  const program = await bundleProgram();
  console.log(`node -e 0: ${summary(times(() => run(process.execPath, ['-e', '0'])))}`);
  for (const form of ['inline', 'external'] as const) {
    const input = join(folder, form);
    mkdirSync(input);
    await writeModel(largeModel(), join(input, 'model.onnx'), form === 'external' ? { inlineLimit: 1_000_000 } : {});
    measure(form, program, input);
    rmSync(input, { recursive: true });
  }
} finally {
  rmSync(folder, { recursive: true });
}

interface Run {
  readonly seconds: number;
  readonly megabytes: number;
}

function measure(form: string, program: string, input: string): void {
  const ours: Run[] = [];
  const copies: Run[] = [];
  const output = join(folder, 'out');
  for (let i = 0; i < Number(options.runs); i++) {
    ours.push(intoEmpty(output, () => run(process.execPath, [program, join(input, 'model.onnx'), join(output, 'model.onnx')])));
    copies.push(intoEmpty(output, () => run('cp', ['-r', '--reflink=never', `${input}/.`, output])));
  }
  rmSync(output, { recursive: true });
  const ratio = (pick: (runs: readonly Run[]) => number): string => (pick(ours) / pick(copies)).toFixed(2);
  console.log(
    `${form}: read, touch a tensor, write ${summary(ours)}; cp ${summary(copies)}; ratio min ${ratio(least)}, median ${ratio(median)}`,
  );
}

/** One process, its wall time and its peak memory (GNU time). */
function run(command: string, args: readonly string[]): Run {
  const start = process.hrtime.bigint();
  const result = spawnSync('/usr/bin/time', ['-f', '%M', command, ...args], { encoding: 'utf8' });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${result.stderr}`);
  return { seconds, megabytes: Number(result.stderr.trim().split('\n').at(-1)) / 1024 };
}

function intoEmpty(output: string, action: () => Run): Run {
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output);
  execFileSync('sync');
  const result = action();
  if (readdirSync(output).length === 0) throw new Error('nothing was written');
  return result;
}

function times(action: () => Run): Run[] {
  return Array.from({ length: Number(options.runs) }, action);
}

function least(runs: readonly Run[]): number {
  return Math.min(...runs.map((r) => r.seconds));
}

function median(runs: readonly Run[]): number {
  return runs.map((r) => r.seconds).sort((a, b) => a - b)[Math.floor((runs.length - 1) / 2)] as number;
}

function summary(runs: readonly Run[]): string {
  return `${least(runs).toFixed(2)} / ${median(runs).toFixed(2)} s, ${Math.max(...runs.map((r) => r.megabytes)).toFixed(0)} MiB`;
}

/** Convolution weights of one random block each; they share it in memory, the file holds every one. */
function largeModel(): ModelProto {
  const rawData = randomFillSync(new Uint8Array(TENSOR_BYTES));
  const count = Math.round((Number(options.gigabytes) * 1e9) / TENSOR_BYTES);
  const names = Array.from({ length: count }, (_, i) => `w${i}`);
  const initializer = [
    ...names.map((name) => ({ name, dataType: 1, dims: [4096, 4096], rawData })),
    { name: 'bias', dataType: 1, dims: [4096], rawData: rawData.slice(0, 16_384) },
  ];
  const node = names.map((name, i) => ({
    opType: 'MatMul',
    name: `matmul_${i}`,
    input: [i === 0 ? 'x' : `y${i - 1}`, name],
    output: [`y${i}`],
  }));
  const value = (name: string) => ({ name, type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 1 }, { dimValue: 4096 }] } } } });
  return {
    irVersion: 8,
    opsetImport: [{ version: 17 }],
    graph: { name: 'large', node, initializer, input: [value('x')], output: [value(`y${count - 1}`)] },
  };
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
