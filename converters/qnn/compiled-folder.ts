import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import { sha256File } from '../../models/onnx/index.ts';
import type { Artifact } from '../htp/artifacts.ts';
import type { CompileReport } from '../htp/index.ts';
import { readQnnGraph } from '../htp/inspect/qnn-graph.ts';
import type { QnnArtifact, QnnBackend } from './artifact.ts';
import { contextFace } from './compiled-face.ts';

interface Manifest {
  readonly model: string;
  /** Relative to the folder. Folders made by older versions lack it. */
  readonly modelPath?: string;
  readonly modelSha256: string;
  readonly report: CompileReport;
  readonly artifacts: readonly Artifact[];
}

const MANIFEST = 'compiled.json';

/** Whether a path names what `dyno compile -o` wrote: the folder, its context binary or its DLC. */
export function isCompiledPath(path: string): boolean {
  return existsSync(join(folderOf(path), MANIFEST)) && (statSync(path).isDirectory() || /\.(?:bin|dlc)$/i.test(path));
}

/**
 * What `dyno compile -o` wrote, as artifacts by unit: the context for `htp`, the DLC for `gpu` and `cpu`; of a file named alone, that one. Their
 * hashes and the source model's are checked. Throws UserError where something is missing or was changed.
 */
export async function readCompiledFolder(path: string): Promise<ReadonlyMap<QnnBackend, QnnArtifact>> {
  const folder = folderOf(path);
  const manifest = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')) as Manifest;
  const source = await sourceOf(folder, manifest);
  for (const { file, sha256 } of manifest.artifacts) {
    if (!existsSync(join(folder, file)) || (await sha256File(join(folder, file))) !== sha256) throw new UserError(`${join(folder, file)} is not what dyno compile wrote.`, ['Compile the model again.']);
  }
  const fileOf = (what: Artifact['what']): Artifact => {
    const found = manifest.artifacts.filter((artifact) => artifact.what === what);
    const [only] = found;
    if (found.length === 1 && only) return only;
    throw new UserError(`${folder} holds ${found.length} files of the kind "${what}", and a phone takes one.`, ['dyno check MODEL --target htp:CHIP says why a model falls into parts.']);
  };
  const { report } = manifest;
  const binary = fileOf('context-binary');
  const face = contextFace(join(folder, fileOf('context-model').file), join(folder, binary.file));
  const common = { build: report.build, source, madeBy: `onnxruntime-qnn ${report.packages['onnxruntime-qnn'] ?? 'of unknown version'}` };
  const context: QnnArtifact = { form: 'context-binary', path: join(folder, binary.file), sha256: binary.sha256, ...face, backends: ['htp'], chip: report.chip, ...common };
  const wanted = statSync(path).isDirectory() ? null : basename(path);
  const artifacts = new Map<QnnBackend, QnnArtifact>();
  if (wanted === null || wanted === binary.file) artifacts.set('htp', context);
  if (manifest.artifacts.some(({ what }) => what === 'dlc') && (wanted === null || wanted.endsWith('.dlc'))) {
    const dlc = fileOf('dlc');
    assertSameFace(join(folder, fileOf('qnn-graph').file), face);
    const made: QnnArtifact = { form: 'dlc', path: join(folder, dlc.file), sha256: dlc.sha256, ...face, backends: ['htp', 'gpu', 'cpu'], chip: null, ...common };
    for (const unit of wanted === null ? (['gpu', 'cpu'] as const) : made.backends) artifacts.set(unit, made);
  }
  return artifacts;
}

function folderOf(path: string): string {
  return existsSync(path) && statSync(path).isDirectory() ? path : dirname(path);
}

async function sourceOf(folder: string, { model, modelPath, modelSha256 }: Manifest): Promise<QnnArtifact['source']> {
  const candidates = [...(modelPath === undefined ? [] : [resolve(folder, modelPath)]), join(folder, model), join(folder, '..', model)];
  for (const path of candidates) if (existsSync(path) && (await sha256File(path)) === modelSha256) return { path, sha256: modelSha256 };
  throw new UserError(`The model that ${folder} was made of (${model}, sha256 ${modelSha256.slice(0, 12)}…) is not at hand, and outputs are compared with it.`, [`Put it at ${join(folder, model)}, or measure the model itself.`]);
}

/** The DLC was written by another session than the context: its graph has to have the same face. */
function assertSameFace(path: string, { inputs, outputs }: Pick<QnnArtifact, 'inputs' | 'outputs'>): void {
  const graph = readQnnGraph(JSON.parse(readFileSync(path, 'utf8')));
  const names = new Set([...(graph?.inputs ?? []), ...(graph?.outputs ?? [])].map(({ name }) => name));
  const stranger = [...inputs, ...outputs].find(({ name }) => !names.has(name));
  if (stranger) throw new UserError(`${basename(path)} knows no tensor "${stranger.name}", and the context does.`, ['Compile the model again.']);
}
