import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../../models/contracts/index.ts';
import { fileError } from '../../models/onnx/file-error.ts';
import { sha256File } from '../../models/onnx/index.ts';
import type { QnnArtifact } from './artifact.ts';
import { ARTIFACT_FILE, type ArtifactHistory, artifactText } from './artifact-file.ts';
import type { ChainPlan } from './chain-request.ts';
import type { FoundFaces } from './read-faces.ts';
import type { DoneStep } from './run-chain.ts';
import { sdkName } from './sdk.ts';
import { graphName, type SdkConversion } from './sdk-conversion.ts';

export interface SdkResult {
  readonly artifact: QnnArtifact;
  readonly history: ArtifactHistory;
  readonly bytes: number;
  readonly folder: string;
}

/** What the tools made, before it is in its place. */
export interface Made {
  readonly plan: ChainPlan;
  readonly done: readonly DoneStep[];
  readonly notes: readonly string[];
  readonly found: FoundFaces;
  readonly faces: Pick<QnnArtifact, 'inputs' | 'outputs'>;
}

/** The folder appears whole or not at all; one that was made before is replaced. */
export async function placeArtifact(work: string, log: string, job: SdkConversion, made: Made): Promise<SdkResult> {
  const target = resolve(job.out);
  const fresh = freshFolder(target);
  try {
    const name = shippedName(job);
    copyFileSync(join(work, made.plan.shipped), join(fresh, name));
    if (existsSync(log)) copyFileSync(log, join(fresh, 'log.txt'));
    const artifact = artifactOf(job, made, { path: join(target, name), sha256: await sha256File(join(fresh, name)), source: await sha256File(job.modelPath) });
    const { chain, precision, sdk } = job;
    const history: ArtifactHistory = {
      chain, precision, sdk: { root: sdk.root, version: sdk.version }, steps: made.done.map(({ fallbacks: _, ...step }) => step),
      fallbacks: made.done.flatMap(({ fallbacks }) => fallbacks), notes: made.notes,
    };
    writeFileSync(join(fresh, ARTIFACT_FILE), artifactText(artifact, history, target));
    rmSync(target, { recursive: true, force: true });
    renameSync(fresh, target);
    return { artifact, history, bytes: statSync(artifact.path).size, folder: target };
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    throw fileError(error, target);
  }
}

/** Tools that describe what was made, and for what is no context binary the one that tries it. */
const READERS: ReadonlySet<string> = new Set(['qnn-context-binary-utility', 'qnn-context-binary-generator']);

function artifactOf({ form, sdk, soc, modelPath }: SdkConversion, { done, found, faces }: Made, { path, sha256, source }: { readonly path: string; readonly sha256: string; readonly source: string }): QnnArtifact {
  const context = form === 'context-binary';
  const tools = new Set(done.map(({ tool }) => tool).filter((tool) => !READERS.has(tool) || (context && tool.endsWith('generator'))));
  const everywhere = found.htp === false ? (['gpu', 'cpu'] as const) : (['htp', 'gpu', 'cpu'] as const);
  return {
    form, path, sha256, graph: found.graph ?? graphName(modelPath), backends: context ? ['htp'] : everywhere, chip: context ? soc.chip : null,
    build: found.build ?? (sdk.version === null ? null : `v${sdk.version}`), ...faces, source: { path: resolve(modelPath), sha256: source }, madeBy: `${sdkName(sdk)} (${[...tools].join(', ')})`,
  };
}

function freshFolder(target: string): string {
  try {
    mkdirSync(dirname(target), { recursive: true });
    return mkdtempSync(join(dirname(target), `.${basename(target)}-`));
  } catch (error) {
    throw fileError(error, target);
  }
}

/** Throws UserError for a folder that holds anything but an artifact of before. */
export function refuseForeign(out: string): void {
  if (!existsSync(out) || existsSync(join(out, ARTIFACT_FILE))) return;
  if (!statSync(out).isDirectory() || readdirSync(out).length > 0) throw new UserError(`${out} is a file, or holds other files.`, ['Name a folder that does not exist, or one that dyno convert --to qnn made.']);
}

function shippedName({ form, modelPath, soc, precision }: SdkConversion): string {
  const stem = `${basename(modelPath).replace(/\.onnx$/i, '')}.${precision}`;
  return form === 'context-binary' ? `${stem}.${soc.chip}.bin` : form === 'dlc' ? `${stem}.dlc` : `lib${graphName(modelPath)}.so`;
}
