/**
 * ONNX to Core ML: dyno's road beside onnxsim's exporter (`onnxsim --emit-coreml`), on the same files, for the same system. Operators covered, models
 * written, native shuffles, parity of what was written (both packages read, translated and run beside ONNX Runtime by dyno's own reader), time of
 * whole processes. Then what dyno adds to coremltools' own time for the same programs, taking turns with coremltools alone in a warm process; reading
 * the model, rewriting it and comparing the package are other work and not counted. Then what a second model in one command costs.
 *
 *     npx tsx test/bench/coreml-peers.ts [--venv .dyno/bench-coreml] [--min-ios 16] [--dyno dist/bin/dyno.js] [--only TEXT] [--rounds 5]
 *         [--part peers|overhead]
 *
 * Installs onnxsim and coremltools into the virtual environment where they are missing. Build first (`npm run build`).
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { convertToCoreml } from '../../converters/coreml/convert.ts';
import { loweredOperators } from '../../converters/coreml/lower/catalog.ts';
import { lowerModel } from '../../converters/coreml/lower/lower-model.ts';
import { parseMinIos } from '../../converters/coreml/options.ts';
import { readPackage } from '../../converters/coreml/package/read-package.ts';
import { parityOfPackage } from '../../converters/coreml/parity/parity.ts';
import { unsafePasses } from '../../converters/coreml/passes.ts';
import { raised, rewriteForCoreml } from '../../converters/coreml/prepare.ts';
import { openCoremlToolchain } from '../../converters/coreml/toolchain.ts';
import { findEnvironment, pythonFolder } from '../../converters/toolchain/index.ts';
import { resolveTarget } from '../../converters/rules/resolve-target.ts';
import type { NamedArrays } from '../../models/contracts/index.ts';
import { bindInputShapes, Model } from '../../models/graph/index.ts';
import { readModel } from '../../models/onnx/index.ts';
import { createHostExecutor, seededInputs } from '../../models/run/index.ts';
import { fixture, repoRoot, sharedData } from '../support/paths.ts';
import { markdownTable } from './markdown-table.ts';
import { runProcess } from './process-times.ts';

const PEERS = ['onnxsim==0.8.1', 'coremltools==9.0', 'onnxruntime==1.31.0', 'numpy<2.5'];

const { values: options } = parseArgs({
  options: {
    venv: { type: 'string', default: join(repoRoot, '.dyno/bench-coreml') }, 'min-ios': { type: 'string', default: '16' }, dyno: { type: 'string', default: join(repoRoot, 'dist/bin/dyno.js') },
    only: { type: 'string', default: '' }, rounds: { type: 'string', default: '5' }, part: { type: 'string', default: 'all' },
  },
});

interface Subject { readonly name: string; readonly path: string; readonly input: string; readonly dims: readonly number[]; readonly dtype: 'uint8' | 'float32' }

const opset = parseMinIos(options['min-ios']);
const folder = mkdtempSync(join(tmpdir(), 'dyno-coreml-peers-'));
const host = createHostExecutor();
const toolchain = openCoremlToolchain();
if (toolchain instanceof Error) throw toolchain;
try {
  if (options.part !== 'overhead') console.log(`${await contests()}\n`);
  if (options.part !== 'peers') console.log(`${await overhead()}\n\n${secondConversion()}`);
} finally {
  await host.close();
  await toolchain.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Both roads over all models. */
async function contests(): Promise<string> {
  const python = installPeers(resolve(options.venv));
  const covered = Number(execFileSync(python, ['-c', 'import onnxsim.coreml_export as e; print(len(e._OP_HANDLERS))'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  const rows: string[][] = [];
  for (const subject of subjects()) rows.push([subject.name, ...(await contest(subject, 'dyno', (out) => dynoArguments(subject, out))), ...(await contest(subject, 'onnxsim', (out) => onnxsimArguments(subject, out, python)))]);
  const columns = ['written', 'shuffles', 'dB', 's', 'CPU s'];
  const written = (column: number): number => rows.filter((row) => row[column] === 'yes').length;
  return [
    `Operators of ai.onnx with a lowering: dyno ${loweredOperators().length}, onnxsim ${covered}. Written of ${rows.length}: dyno ${written(1)}, onnxsim ${written(1 + columns.length)}. Load ${loadavg().map((load) => load.toFixed(1)).join(' ')}.`,
    markdownTable(['model', ...columns.map((column) => `dyno ${column}`), ...columns.map((column) => `onnxsim ${column}`)], rows),
  ].join('\n\n');
}

function installPeers(venv: string): string {
  const python = join(venv, 'bin', 'python');
  if (!existsSync(python)) {
    execFileSync('python3', ['-m', 'venv', venv]);
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...PEERS], { stdio: 'inherit' });
  }
  return python;
}

/** The exports with the sizes of their stored inputs, and the models by others that convert whole. */
function subjects(): Subject[] {
  const exports = readdirSync(fixture('exports')).filter((file) => file.endsWith('.onnx')).map((file) => subject(file.replace('.onnx', ''), fixture('exports', file), null));
  const upsampler = sharedData('third-party/catid-upsampling/upsampling.onnx');
  const tiny = sharedData('third-party/catid-upsampling-tiny/upsampling.onnx');
  const others = [...(upsampler ? [subject('catid-upsampling', upsampler, [1, 3, 64, 64])] : []), ...(tiny ? [subject('catid-upsampling-tiny', tiny, [1, 12, 32, 32])] : [])];
  return [...exports, ...others].filter(({ name }) => name.includes(options.only));
}

function subject(name: string, path: string, open: readonly number[] | null): Subject {
  const onnx = readModel(path);
  const [face] = new Model(onnx.proto).graph.inputs.filter((value) => !value.initializer);
  const dims = (face?.stated.shape ?? []).map((dim, axis) => (typeof dim === 'number' ? dim : (open?.[axis] ?? 32)));
  onnx.close();
  return { name, path, input: face?.name ?? '', dims, dtype: face?.stated.dtype === 'uint8' ? 'uint8' : 'float32' };
}

function dynoArguments({ path, input, dims }: Subject, out: string): [string, string[]] {
  return [process.execPath, [options.dyno, 'convert', path, '-o', out, '--min-ios', options['min-ios'], '--static', `${input}=${dims.join('x')}`, '--allow', 'dtype', '--no-verify']];
}

function onnxsimArguments({ path, input, dims }: Subject, out: string, python: string): [string, string[]] {
  return [python, ['-m', 'onnxsim', path, join(folder, 'simplified.onnx'), '--emit-coreml', out, '--coreml-minimum-deployment-target', opset, '--overwrite-input-shape', `${input}:${dims.join(',')}`]];
}

/** Written, native shuffles, parity, wall and processor time. */
async function contest(subject: Subject, name: string, of: (out: string) => [string, string[]]): Promise<string[]> {
  const out = join(folder, `${name}-${subject.name}.mlpackage`);
  const [command, args] = of(out);
  try {
    const { seconds, cpuSeconds } = runProcess(command, args);
    const types = [...(readPackage(out).program?.functions.values() ?? [])].flatMap(({ body }) => body.operations.map(({ type }) => type));
    const shuffles = types.filter((type) => /pixel_(un)?shuffle|depth_to_space|space_to_depth/.test(type)).length;
    return ['yes', String(shuffles), await parity(subject, out), seconds.toFixed(1), cpuSeconds.toFixed(1)];
  } catch (error) {
    const said = (error as Error).message.split('\n').filter((line) => !/^(Failed to load _ML|Command exited|\d)/.test(line));
    process.stderr.write(`${name}, ${subject.name}: ${said.slice(-6).join(' ').slice(0, 400)}\n`);
    return [existsSync(out) ? 'yes' : 'no', '', '', '', ''];
  }
}

async function parity({ path, input, dims, dtype }: Subject, out: string): Promise<string> {
  const feeds = seededInputs([{ name: input, dtype, dims, range: dtype === 'uint8' ? [0, 255] : [0, 1] }], { seed: 1, kinds: ['unit'] }) as NamedArrays[];
  const { outputs } = await parityOfPackage({ package: out, sourceModel: path, feeds, host });
  const worst = Math.min(...outputs.map(({ psnr }) => psnr));
  return Number.isFinite(worst) ? worst.toFixed(1) : 'equal';
}

/** From the rewritten model to the package in its place and looked through, beside coremltools alone with the same program in a warm process of its own. */
async function overhead(): Promise<string> {
  if (toolchain instanceof Error) throw toolchain;
  const rows: string[][] = [];
  const shares: number[] = [];
  const plain = plainCoremltools();
  for (const { name, path, input, dims } of subjects()) {
    const onnx = readModel(path);
    const model = new Model(onnx.proto);
    bindInputShapes(model, new Map([[input, dims]]));
    const { model: fit } = await rewriteForCoreml(raised(model.toProto()), opset, { target: resolveTarget('ane'), precision: 'fp16', verify: 'off', write: { from: onnx } });
    const request = await planInFiles(fit);
    const [all, inside, theirs]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round <= Number(options.rounds); round++) {
      const alone = await plain.convert(request);
      const start = performance.now();
      const { package: written } = await convertToCoreml(toolchain, fit, join(folder, 'again.mlpackage'), { opset, precision: 'fp16', allowDtype: true });
      if (round === 0) continue;
      all.push((performance.now() - start) / 1000);
      inside.push(written.seconds.build + written.seconds.convert + written.seconds.save);
      theirs.push(alone);
    }
    onnx.close();
    shares.push(least(all) / least(theirs) - 1);
    rows.push([name, ...[theirs, inside, all].flatMap((list) => [`${least(list).toFixed(3)} / ${median(list).toFixed(3)}`]), percent(least(all) / least(theirs) - 1), percent(median(all) / median(theirs) - 1)]);
  }
  plain.end();
  const table = markdownTable(['model, converted again', 'coremltools alone, least / median s', 'coremltools inside of dyno', 'dyno, all', 'added, least', 'added, median'], rows);
  return `${table}\n\nAdded to coremltools' own time, by the least of ${options.rounds} runs each: median ${percent(median(shares))}, most ${percent(Math.max(...shares))}. Load ${loadavg().map((load) => load.toFixed(1)).join(' ')}.`;
}

interface PlainRequest { readonly plan: string; readonly weights: string; readonly output: string; readonly precision: 'fp16'; readonly skipPasses: readonly string[] }

async function planInFiles(model: Model): Promise<PlainRequest> {
  const { plan, weights } = lowerModel(model, { opset, allowDtype: true, precision: 'fp16' });
  const request = { plan: join(folder, 'plain.json'), weights: join(folder, 'plain.bin'), output: join(folder, 'plain.mlpackage'), precision: 'fp16' as const, skipPasses: unsafePasses(plan) };
  writeFileSync(request.plan, JSON.stringify(plan));
  await weights.write(request.weights);
  return request;
}

/** A Python process that converts what it is told to, and says what that took. */
function plainCoremltools(): { convert(request: PlainRequest): Promise<number>; end(): void } {
  const python = findEnvironment()?.python as string;
  const child = spawn(python, [join(repoRoot, 'test/bench/coreml-plain.py'), pythonFolder()], { stdio: ['pipe', 'pipe', 'ignore'] });
  const replies = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async convert(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return Number((await replies.next()).value);
    },
    end: () => void child.stdin.end(),
  };
}

/** One command for one model, and for two: what the second costs. */
function secondConversion(): string {
  const [first, second] = subjects().filter(({ dims, name }) => dims.length === 4 && /quicksrnet|plain_clip_x[23]_(op17|dynamo)/.test(name));
  if (!first || !second) return '';
  const of = (models: readonly Subject[]): number[] => Array.from({ length: Number(options.rounds) }, () => {
    const out = mkdtempSync(join(folder, 'several-'));
    return runProcess(process.execPath, [options.dyno, 'convert', ...models.map(({ path }) => path), '-o', models.length === 1 ? join(out, 'one.mlpackage') : out, '--min-ios', options['min-ios'], '--no-verify']).seconds;
  });
  const [one, two] = [of([first]), of([first, second])];
  return `\`dyno convert --no-verify\`: ${first.name} alone ${least(one).toFixed(2)} / ${median(one).toFixed(2)} s; with ${second.name} in the same command ${least(two).toFixed(2)} / ${median(two).toFixed(2)} s: the second is ${percent((least(two) - least(one)) / least(one))} of the first.`;
}

function least(values: readonly number[]): number {
  return Math.min(...values);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}
