/**
 * ONNX to Core ML: dyno's road beside onnxsim's exporter (`onnxsim --emit-coreml`), on the same files, for the same system. Operators covered, models
 * written, native shuffles, parity of what was written (both packages read, translated and run beside ONNX Runtime by dyno's own reader), time of
 * whole processes. Then what dyno adds to coremltools' own time for the same programs, in a worker that is warm.
 *
 *     npx tsx test/bench/coreml-peers.ts [--venv .dyno/bench-coreml] [--min-ios 16] [--dyno dist/bin/dyno.js] [--only PATTERN] [--rounds 5]
 *
 * Installs onnxsim and coremltools into the virtual environment where they are missing. Build first (`npm run build`).
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { convertToCoreml } from '../../converters/coreml/convert.ts';
import { loweredOperators } from '../../converters/coreml/lower/catalog.ts';
import { parseMinIos } from '../../converters/coreml/options.ts';
import { readPackage } from '../../converters/coreml/package/read-package.ts';
import { parityOfPackage } from '../../converters/coreml/parity/parity.ts';
import { raised, rewriteForCoreml } from '../../converters/coreml/prepare.ts';
import { openCoremlToolchain } from '../../converters/coreml/toolchain.ts';
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
    only: { type: 'string', default: '' }, rounds: { type: 'string', default: '5' },
  },
});

interface Subject { readonly name: string; readonly path: string; readonly input: string; readonly dims: readonly number[]; readonly dtype: 'uint8' | 'float32' }

const opset = parseMinIos(options['min-ios']);
const folder = mkdtempSync(join(tmpdir(), 'dyno-coreml-peers-'));
const host = createHostExecutor();
const toolchain = openCoremlToolchain();
if (toolchain instanceof Error) throw toolchain;
try {
  const python = installPeers(resolve(options.venv));
  const covered = Number(execFileSync(python, ['-c', 'import onnxsim.coreml_export as e; print(len(e._OP_HANDLERS))'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  console.log(`Operators of ai.onnx with a lowering: dyno ${loweredOperators().length}, onnxsim ${covered}.\n`);
  const rows: string[][] = [];
  for (const subject of subjects()) rows.push([subject.name, ...(await contest(subject, 'dyno', (out) => dynoArguments(subject, out))), ...(await contest(subject, 'onnxsim', (out) => onnxsimArguments(subject, out, python)))]);
  const columns = ['written', 'shuffles', 'dB', 's', 'CPU s'];
  console.log(`${markdownTable(['model', ...columns.map((column) => `dyno ${column}`), ...columns.map((column) => `onnxsim ${column}`)], rows)}\n`);
  console.log(await overhead());
} finally {
  await host.close();
  await toolchain.close();
  rmSync(folder, { recursive: true, force: true });
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
    process.stderr.write(`${name}, ${subject.name}: ${(error as Error).message.split('\n').slice(-6).join(' ').slice(0, 400)}\n`);
    return [existsSync(out) ? 'yes' : 'no', '', '', '', ''];
  }
}

async function parity({ path, input, dims, dtype }: Subject, out: string): Promise<string> {
  const feeds = seededInputs([{ name: input, dtype, dims, range: dtype === 'uint8' ? [0, 255] : [0, 1] }], { seed: 1, kinds: ['unit'] }) as NamedArrays[];
  const { outputs } = await parityOfPackage({ package: out, sourceModel: path, feeds, host });
  const worst = Math.min(...outputs.map(({ psnr }) => psnr));
  return Number.isFinite(worst) ? worst.toFixed(1) : 'equal';
}

/** Lowering, writing the plan and looking through the package, beside building, converting and saving in coremltools; warm worker. */
async function overhead(): Promise<string> {
  if (toolchain instanceof Error) throw toolchain;
  const rows: string[][] = [];
  for (const { name, path, input, dims } of subjects()) {
    const onnx = readModel(path);
    const model = new Model(onnx.proto);
    bindInputShapes(model, new Map([[input, dims]]));
    const { model: fit } = await rewriteForCoreml(raised(model.toProto()), opset, { target: resolveTarget('ane'), precision: 'fp16', verify: 'off', write: { from: onnx } });
    const all: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round <= Number(options.rounds); round++) {
      const start = performance.now();
      const { package: written } = await convertToCoreml(toolchain, fit, join(folder, 'again.mlpackage'), { opset, precision: 'fp16', allowDtype: true });
      if (round === 0) continue;
      all.push((performance.now() - start) / 1000);
      theirs.push(written.seconds.build + written.seconds.convert + written.seconds.save);
    }
    onnx.close();
    rows.push([name, median(theirs).toFixed(3), median(all).toFixed(3), `${((median(all) / median(theirs) - 1) * 100).toFixed(0)} %`]);
  }
  return markdownTable(['model, converted again', 'coremltools, s', 'all, s', 'added'], rows);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}
