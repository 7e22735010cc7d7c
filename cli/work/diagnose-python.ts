import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DTYPE_CODES } from '../../models/contracts/dtype.ts';
import { encodeModel } from '../../models/onnx/encode.ts';
import { compileForHtp, openHtpToolchain } from '../../converters/htp/index.ts';
import { resolveSoc } from '../../converters/rules/resolve-target.ts';
import { bytesIn, cacheFolder, type Environment, findAdb, findEnvironment, findPython, modulesOf, otherEnvironments, pythonFolder, PythonWorker } from '../../converters/toolchain/index.ts';
import { formatBytes } from '../../reports/model/format.ts';
import type { Diagnosis, Surroundings } from './diagnose.ts';

type Row = Diagnosis & { readonly title: string };

const CHIP = 'SM8550';
const ANEW = 'Make it anew: dyno setup python --again';

/** The part of `dyno doctor` that looks at Python, what it brings, and the cache. `deep` also compiles a model. Nothing on the host needs any of it. */
export async function diagnosePython({ env, signal }: Surroundings, deep: boolean): Promise<readonly Row[]> {
  const environment = findEnvironment(env);
  if (!environment) return [await withoutEnvironment(env), await adb(env), await cache(env)];
  const worker = new PythonWorker(environment.python, pythonFolder(), env);
  try {
    return [await libraries(environment, worker, signal), await htpCompiler(environment, worker, env, signal, deep), await adb(env), await cache(env)];
  } finally {
    await worker.close();
  }
}

async function withoutEnvironment(env: NodeJS.ProcessEnv): Promise<Row> {
  const { python, tried } = await findPython(env);
  return {
    title: 'Python environment', state: 'optional', found: python ? `none yet; ${python.command} is Python ${python.version}` : `none, and no Python that fits: ${tried.join('; ')}`,
    fix: `${python ? '' : 'Install Python 3.11, 3.12 or 3.13 (or DYNO_PYTHON=PATH), then: '}dyno setup python. Only the HTP compiler and emulator, and Core ML packages, need it.`,
  };
}

/** Imports every library: an environment can break after it was made, e.g. when the system's libraries change. */
async function libraries(environment: Environment, worker: PythonWorker, signal: AbortSignal): Promise<Row> {
  const title = 'Python environment';
  try {
    const { python, packages } = await worker.hello();
    const { value } = await worker.run<{ failed: Record<string, string> }>('env.verify', { modules: modulesOf(packages) }, { what: 'import of the libraries', timeoutMs: 60_000, signal });
    const failed = Object.entries(value.failed).map(([name, why]) => `${name}: ${why}`);
    if (failed.length > 0) return { title, state: 'missing', found: `${failed.join('; ')} (${environment.folder})`, fix: ANEW };
    return { title, state: 'ok', found: `${python} with ${Object.entries(packages).map((pair) => pair.join(' ')).join(', ')} in ${environment.folder}`, fix: null };
  } catch (error) {
    return { title, state: 'missing', found: (error as Error).message, fix: ANEW };
  }
}

async function htpCompiler({ packages }: Environment, worker: PythonWorker, env: NodeJS.ProcessEnv, signal: AbortSignal, deep: boolean): Promise<Row> {
  const title = 'HTP compiler';
  const toolchain = openHtpToolchain(env);
  if (toolchain instanceof Error) return { title, state: 'optional', found: toolchain.message, fix: toolchain.nextSteps.join(' ') };
  try {
    const { value } = await worker.run<{ qairt: string | null }>('htp.version', {}, { what: 'look at the HTP compiler', timeoutMs: 60_000, signal });
    const found = `QAIRT ${value.qairt ?? 'of unknown build'}, onnxruntime-qnn ${packages['onnxruntime-qnn']}`;
    return { title, state: 'ok', found: deep ? `${found}; ${await compilesOne({ ...toolchain, worker }, signal)}` : found, fix: null };
  } catch (error) {
    return { title, state: 'missing', found: (error as Error).message, fix: ANEW };
  }
}

/** Compiles one Relu. Throws what the compiler says. */
async function compilesOne(toolchain: Parameters<typeof compileForHtp>[0], signal: AbortSignal): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dyno-doctor-'));
  try {
    const modelPath = join(folder, 'relu.onnx');
    await writeFile(modelPath, reluModel());
    const { htpGraphs, failure, seconds } = await compileForHtp(toolchain, { modelPath, soc: resolveSoc(CHIP).soc, signal });
    if (htpGraphs !== 1) throw new Error(`does not compile one Relu for ${CHIP}: ${failure?.message ?? 'it was left on the CPU'}`);
    return `compiles for ${CHIP} in ${seconds.toFixed(1)} s`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `y = Relu(x)`, float32 [1, 8, 8, 8]. */
function reluModel(): Uint8Array {
  const face = (name: string) => ({ name, type: { tensorType: { elemType: DTYPE_CODES.float32, shape: { dim: [1, 8, 8, 8].map((dimValue) => ({ dimValue })) } } } });
  return encodeModel({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: { name: 'relu', node: [{ name: 'relu', opType: 'Relu', input: ['x'], output: ['y'] }], input: [face('x')], output: [face('y')] },
  });
}

async function adb(env: NodeJS.ProcessEnv): Promise<Row> {
  const [title, path] = ['adb', findAdb(env)];
  const fix = 'Only Android phones need it: dyno setup python brings one on x64; else install the platform tools and put them on the path.';
  if (path === null) return { title, state: 'optional', found: 'not found', fix };
  try {
    const { stdout } = await promisify(execFile)(path, ['version'], { timeout: 10_000 });
    return { title, state: 'ok', found: `${/Version (\S+)/.exec(stdout)?.[1] ?? stdout.split('\n')[0]} in ${path}`, fix: null };
  } catch (error) {
    return { title, state: 'optional', found: `${path} does not run: ${(error as Error).message.split('\n')[0]}`, fix };
  }
}

/** What the cache takes, and what in it this version of dyno does not use. */
async function cache(env: NodeJS.ProcessEnv): Promise<Row> {
  const folder = cacheFolder(env);
  const [all, others] = await Promise.all([bytesIn(folder), otherEnvironments(env)]);
  const names = others.map(({ folder: path, finished, bytes }) => `${path} (${finished ? 'of another version' : 'unfinished'}, ${formatBytes(bytes)})`);
  return {
    title: 'cache', state: others.length > 0 ? 'optional' : 'ok', found: `${formatBytes(all)} in ${folder}${names.length > 0 ? `, of that not used here: ${names.join(', ')}` : ''}`,
    fix: others.length > 0 ? 'dyno setup python --clean removes what this version does not use.' : null,
  };
}
