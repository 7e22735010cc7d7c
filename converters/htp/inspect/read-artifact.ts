import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { UserError } from '../../../models/contracts/index.ts';
import { sha256File } from '../../../models/onnx/index.ts';
import type { Artifact } from '../artifacts.ts';
import type { CompileReport } from '../compile-report.ts';
import { type ContextBinary, readContextBinary } from './context-binary.ts';
import { type Dlc, readDlc } from './dlc.ts';
import { type QnnGraph, readQnnGraph } from './qnn-graph.ts';

/** What `dyno compile -o` wrote about a folder, held against what lies there now. */
export interface CompiledManifest {
  readonly kind: 'compiled';
  readonly model: string;
  readonly modelSha256: string;
  readonly report: CompileReport;
  readonly artifacts: readonly (Artifact & { readonly state: 'as written' | 'changed' | 'missing' })[];
}

/** A file that the compiler wrote, read as far as its format is documented. */
export interface ReadArtifact {
  readonly bytes: number;
  readonly sha256: string;
  readonly content: CompiledManifest | QnnGraph | Dlc | ContextBinary;
  /** What the `compiled.json` beside it says of this very file; null where there is none, or it speaks of another. */
  readonly compiledFor: Pick<CompileReport, 'chip' | 'build'> | null;
}

const MANIFEST = 'compiled.json';

/** Reads compiled.json, a QNN graph, a DLC or a context binary. Throws UserError for anything else. */
export async function readArtifact(path: string): Promise<ReadArtifact> {
  const extension = extname(path).toLowerCase();
  const content = extension === '.dlc' ? readDlc(path) : extension === '.bin' ? readContextBinary(path) : await readJson(path);
  const sha256 = await sha256File(path);
  return { bytes: statSync(path).size, sha256, content, compiledFor: content.kind === 'compiled' ? null : await besides(path, sha256) };
}

async function readJson(path: string): Promise<CompiledManifest | QnnGraph> {
  const parsed = parse(path);
  if (isManifest(parsed)) {
    const artifacts = await Promise.all(parsed.artifacts.map(async (artifact) => ({ ...artifact, state: await stateOf(join(dirname(path), basename(artifact.file)), artifact) })));
    return { kind: 'compiled', model: parsed.model, modelSha256: parsed.modelSha256, report: parsed.report, artifacts };
  }
  const graph = readQnnGraph(parsed);
  if (graph) return graph;
  throw new UserError(`${path} is JSON, and neither a QNN graph nor what dyno compile writes.`, ['dyno inspect reads compiled.json and _net.json of QNN.']);
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UserError(`${path} is no JSON: ${(error as Error).message}`, ['Is it whole?']);
  }
}

type StoredManifest = Omit<CompiledManifest, 'kind' | 'artifacts'> & { readonly artifacts: readonly Artifact[] };

function isManifest(value: unknown): value is StoredManifest {
  const manifest = value as Partial<StoredManifest> | null;
  return typeof manifest?.model === 'string' && typeof manifest.modelSha256 === 'string' && Array.isArray(manifest.artifacts) && typeof manifest.report?.chip === 'string';
}

async function stateOf(path: string, { sha256 }: Artifact): Promise<'as written' | 'changed' | 'missing'> {
  if (!existsSync(path)) return 'missing';
  return (await sha256File(path)) === sha256 ? 'as written' : 'changed';
}

async function besides(path: string, sha256: string): Promise<ReadArtifact['compiledFor']> {
  const manifest = join(dirname(path), MANIFEST);
  if (!existsSync(manifest)) return null;
  const parsed = parse(manifest);
  if (!isManifest(parsed) || !parsed.artifacts.some((artifact) => artifact.sha256 === sha256)) return null;
  return { chip: parsed.report.chip, build: parsed.report.build };
}
