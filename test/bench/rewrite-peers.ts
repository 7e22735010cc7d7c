/**
 * Rewriting a model as a whole process: `dyno rewrite --verify off` beside OnnxSlim, onnxsim and ONNX Runtime's offline optimizer. All take
 * turns on the same files; time is minimum and median, memory the largest resident set.
 *
 *     npx tsx test/bench/rewrite-peers.ts [--runs 5] [--python .dyno/bench-venv/bin/python] [--target ane:A15] [--dyno dist/bin/dyno.js]
 *                                         [--folder DIR] [--only NAME] [--large [--gigabytes 1.88]]
 *
 * Build first (`npm run build`). `--large` adds a model of 1.9 GB, inline and with external data, beside `cp`; it needs three times the size
 * on the disk of DIR (default: the system's temporary folder) and, for the peers, 13 GB of memory.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type ModelProto, readModel, writeModel } from '../../models/onnx/index.ts';
import { repoRoot, sharedData } from '../support/paths.ts';
import { deepModel, largeModel } from './generate-model.ts';
import { markdownTable } from './markdown-table.ts';
import { type Contestant, interleaved, type ProcessRun, runProcess, summarize } from './process-times.ts';

const PEERS = ['onnxslim==0.1.98', 'onnxsim==0.8.1', 'onnxruntime==1.31.0'];

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    python: { type: 'string', default: join(repoRoot, '.dyno/bench-venv/bin/python') },
    target: { type: 'string', default: 'ane:A15' },
    dyno: { type: 'string', default: join(repoRoot, 'dist/bin/dyno.js') },
    folder: { type: 'string', default: tmpdir() },
    only: { type: 'string' },
    large: { type: 'boolean', default: false },
    gigabytes: { type: 'string', default: '1.88' },
  },
});

interface Subject {
  readonly name: string;
  /** Puts `model.onnx` into a folder. */
  readonly write: (folder: string) => Promise<void>;
  readonly external?: boolean;
  /** Beside `cp`. */
  readonly large?: boolean;
}

const OPTIMIZE = `
import sys, onnxruntime as ort
options = ort.SessionOptions()
options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
options.optimized_model_filepath = sys.argv[2]
if len(sys.argv) > 3:
    options.add_session_config_entry('session.optimized_model_external_initializers_file_name', sys.argv[3])
    options.add_session_config_entry('session.optimized_model_external_initializers_min_size_in_bytes', '1024')
ort.InferenceSession(sys.argv[1], options, providers=['CPUExecutionProvider'])`;

const nodesAfter = new Map<string, number>();
const python = findPeers(resolve(options.python));
const folder = mkdtempSync(join(options.folder, 'dyno-peers-'));
try {
  reportFloors();
  for (const subject of subjects()) await measure(subject);
} finally {
  rmSync(folder, { recursive: true });
}

function subjects(): Subject[] {
  const copied = (name: string, path: string): Subject[] => {
    const file = path.startsWith('test/') || path.startsWith('models/') ? join(repoRoot, path) : sharedData(path);
    if (file !== null && existsSync(file)) return [{ name, write: async (to) => copyFileSync(file, join(to, 'model.onnx')) }];
    console.log(`${name} is left out: there is no ${path} here.\n`);
    return [];
  };
  const generated = (name: string, model: () => ModelProto, more: Partial<Subject> = {}): Subject => ({
    name, ...more, write: async (to) => void (await writeModel(model(), join(to, 'model.onnx'), more.external ? { inlineLimit: 1_000_000 } : {})),
  });
  const large = (): ModelProto => largeModel(Number(options.gigabytes));
  return [
    ...copied('quicksrnet-small', 'models/zoo/weights/quicksrnet-small-x2.onnx'),
    ...copied('catid', 'third-party/catid-upsampling/upsampling.onnx'),
    generated('generated, 4,966 nodes', deepModel),
    ...(options.large ? [generated('1.9 GB inline', large, { large: true }), generated('1.9 GB external', large, { large: true, external: true })] : []),
  ].filter(({ name }) => options.only === undefined || name.includes(options.only));
}

async function measure(subject: Subject): Promise<void> {
  const [input, output] = [join(folder, 'in'), join(folder, 'out')];
  mkdirSync(input);
  await subject.write(input);
  const runs = interleaved(contestants(subject, join(input, 'model.onnx'), output), Number(options.runs));
  report(subject, countNodes(join(input, 'model.onnx')), runs);
  for (const used of [input, output]) rmSync(used, { recursive: true });
}

function contestants({ external = false, large = false }: Subject, model: string, output: string): Contestant[] {
  const out = join(output, 'model.onnx');
  const prepare = (): void => {
    rmSync(output, { recursive: true, force: true });
    mkdirSync(output);
    if (large) execFileSync('sync');
  };
  const tool = (name: string, command: string, args: readonly string[]): Contestant => ({
    name, command, args, cwd: folder, prepare, check: () => void nodesAfter.set(name, countNodes(out)),
  });
  const script = (name: string): string => join(dirname(python), name);
  const optimizeArgs = ['-c', OPTIMIZE, model, out, ...(external ? ['model.onnx.data'] : [])];
  const ours = ['rewrite', model, '-o', out, '--target', options.target, '--verify', 'off', '--quiet', '--format', 'plain'];
  return [
    tool('dyno', process.execPath, [resolve(options.dyno), ...ours]),
    tool('OnnxSlim', script('onnxslim'), [model, out]),
    tool('onnxsim', script('onnxsim'), [model, out]),
    tool('ORT extended', python, optimizeArgs),
    ...(large ? [tool('cp', 'cp', ['-r', '--reflink=never', `${dirname(model)}/.`, output])] : []),
  ];
}

/** Throws when there is no readable model. */
function countNodes(path: string): number {
  const model = readModel(path);
  try {
    return model.proto.graph?.node?.length ?? 0;
  } finally {
    model.close();
  }
}

function report({ name, external }: Subject, nodes: number, results: ReadonlyMap<string, ProcessRun[] | string>): void {
  const ours = results.get('dyno') as ProcessRun[] | string;
  const base = typeof ours === 'string' ? null : summarize(ours);
  const rows = [...results].map(([tool, runs]) => {
    if (typeof runs === 'string') return [tool, `failed: ${runs.trim().split('\n').at(-1) as string}`];
    const { min, median, cpu, mebibytes } = summarize(runs);
    const times = base === null ? ['', ''] : [min / base.min, cpu / base.cpu].map((ratio) => `${ratio.toFixed(2)}×`);
    return [tool, min.toFixed(3), median.toFixed(3), cpu.toFixed(2), mebibytes.toFixed(0), ...times, String(nodesAfter.get(tool))];
  });
  const head = ['tool', 'min s', 'median s', 'CPU s', 'MiB', 'min / dyno', 'CPU / dyno', 'nodes after'];
  console.log(`### ${name} (${nodes} nodes${external ? ', external data' : ''}), ${options.runs} runs\n\n${markdownTable(head, rows)}\n`);
}

function reportFloors(): void {
  const floor = (command: string, args: readonly string[]): string => {
    const { min, median, mebibytes } = summarize(Array.from({ length: Number(options.runs) }, () => runProcess(command, args)));
    return `${min.toFixed(3)} / ${median.toFixed(3)} s, ${mebibytes.toFixed(0)} MiB`;
  };
  console.log(`Floors (min / median): node -e 0 ${floor(process.execPath, ['-e', '0'])}; python -c pass ${floor(python, ['-c', 'pass'])}\n`);
}

/** The Python of an environment that has the peers. Throws with the commands that make one. */
function findPeers(path: string): string {
  const installed = existsSync(path) && readdirSync(dirname(path)).filter((name) => ['onnxslim', 'onnxsim'].includes(name)).length === 2;
  if (installed) return path;
  const environment = dirname(dirname(path));
  throw new Error(`There are no peers at ${path}. Make them:\n  python3 -m venv ${environment}\n  ${join(environment, 'bin/pip')} install ${PEERS.join(' ')}`);
}
