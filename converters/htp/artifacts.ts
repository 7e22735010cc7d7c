import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { ExternalError, UserError } from '../../models/contracts/index.ts';
import { sha256File } from '../../models/onnx/index.ts';
import { bytesIn } from '../toolchain/index.ts';
import { type CompileRequest, compileForHtp } from './compile.ts';
import type { CompileReport } from './compile-report.ts';
import type { HtpToolchain } from './toolchain.ts';

export interface Artifact {
  /** Relative to the folder. */
  readonly file: string;
  readonly what: 'context-binary' | 'context-model' | 'dlc' | 'qnn-graph';
  readonly bytes: number;
  readonly sha256: string;
}

export interface CompiledFolder {
  readonly folder: string;
  readonly report: CompileReport;
  readonly artifacts: readonly Artifact[];
}

const MANIFEST = 'compiled.json';

/**
 * Compiles a model for a chip and keeps what can be shipped: the context binary with the ONNX file that runs it, the DLC, the graph as QNN
 * JSON, and `compiled.json` with the report and every file's hash. The folder appears whole or not at all; one that dyno made before is
 * replaced. Throws UserError for a folder of something else, ExternalError when no graph comes out.
 */
export async function compileToFolder(toolchain: HtpToolchain, request: CompileRequest, folder: string): Promise<CompiledFolder> {
  const target = resolve(folder);
  refuseForeign(target);
  await mkdir(dirname(target), { recursive: true });
  const temporary = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
  try {
    const report = await context(toolchain, request, temporary);
    await extras(toolchain, request, temporary);
    const artifacts = await listArtifacts(temporary);
    if (!artifacts.some(({ what }) => what === 'dlc') && (await isFull(temporary))) throw new ExternalError('The DLC could not be written.', 'onnxruntime-qnn', '');
    if (!artifacts.some(({ what }) => what === 'context-binary')) throw new ExternalError('The compiler wrote no context binary.', 'onnxruntime-qnn', readdirSync(temporary).join('\n'));
    await writeFile(join(temporary, MANIFEST), `${JSON.stringify({ model: basename(request.modelPath), modelPath: relative(target, request.modelPath), modelSha256: await sha256File(request.modelPath), report, artifacts }, null, 1)}\n`);
    await rm(target, { recursive: true, force: true });
    await rename(temporary, target);
    return { folder: target, report, artifacts };
  } catch (error) {
    const full = !(error instanceof UserError) && (await isFull(temporary));
    await rm(temporary, { recursive: true, force: true });
    throw full ? new UserError(`The disk of ${target} is full: ${(error as Error).message}`, ['Free some space, or name another folder with -o.'], { cause: error }) : error;
  }
}

const LEAST_SPACE = 2 ** 20;

/** Whether the disk of a folder could not take once more what is there. The library does not say why it could not write. */
async function isFull(folder: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize < Math.max(LEAST_SPACE, await bytesIn(folder));
}

function refuseForeign(target: string): void {
  if (!existsSync(target) || existsSync(join(target, MANIFEST)) || readdirSync(target).length === 0) return;
  throw new UserError(`${target} holds other files.`, ['Name a folder that does not exist, or one that dyno compile made.']);
}

async function context(toolchain: HtpToolchain, request: CompileRequest, folder: string): Promise<CompileReport> {
  const path = join(folder, `${stem(request)}_ctx.onnx`);
  const session = { 'ep.context_enable': '1', 'ep.context_file_path': path, 'ep.context_embed_mode': '0' };
  const report = await compileForHtp(toolchain, { ...request, session });
  if (report.failure) throw new ExternalError(report.failure.message, 'onnxruntime-qnn', report.failure.name, report.failure.advice);
  if (report.htpGraphs === 0) throw new UserError(`HTP takes no node of ${basename(request.modelPath)}.`, ['dyno check says why.']);
  return report;
}

/** The DLC needs a session that writes instead of compiling; the graph JSON is written beside it. What the library does not write is left out. */
async function extras(toolchain: HtpToolchain, request: CompileRequest, folder: string): Promise<void> {
  const dumps = join(folder, 'dump');
  await mkdir(dumps);
  const more = { ...request.options?.more, dump_json_qnn_graph: '1', json_qnn_graph_dir: dumps, dump_qnn_ir_dlc: '1', dump_qnn_ir_dlc_dir: dumps };
  try {
    await compileForHtp(toolchain, { ...request, options: { ...request.options, more }, withIrBackend: true });
  } catch (error) {
    if (!(error instanceof ExternalError)) throw error;
  }
  for (const file of readdirSync(dumps).sort()) {
    const kind = file.endsWith('.dlc') ? 'dlc' : isGraph(join(dumps, file)) ? 'json' : null;
    if (kind) await rename(join(dumps, file), join(folder, freeName(folder, stem(request), kind)));
  }
  await rm(dumps, { recursive: true, force: true });
}

/** The library also writes a summary of initializers. */
function isGraph(path: string): boolean {
  return path.endsWith('.json') && readFileSync(path, 'utf8').includes('"op_types"');
}

function freeName(folder: string, name: string, extension: string): string {
  for (let count = 1; ; count++) {
    const file = `${name}${count > 1 ? `-${count}` : ''}.${extension}`;
    if (!existsSync(join(folder, file))) return file;
  }
}

function stem({ modelPath, soc }: CompileRequest): string {
  return `${basename(modelPath).replace(/\.onnx$/i, '')}.${soc.chip}`;
}

async function listArtifacts(folder: string): Promise<Artifact[]> {
  const files = readdirSync(folder).sort();
  return Promise.all(files.map(async (file) => ({ file, what: kindOf(file), bytes: (await stat(join(folder, file))).size, sha256: await sha256File(join(folder, file)) })));
}

function kindOf(file: string): Artifact['what'] {
  if (file.endsWith('.bin')) return 'context-binary';
  if (file.endsWith('_ctx.onnx')) return 'context-model';
  return file.endsWith('.dlc') ? 'dlc' : 'qnn-graph';
}
