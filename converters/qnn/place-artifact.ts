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
export async function placeArtifact(work: string, log: string, job: SdkConversion, { plan, done, notes, found, faces }: Made): Promise<SdkResult> {
  const { form, chain, precision, sdk, soc, modelPath } = job;
  const target = resolve(job.out);
  const fresh = freshFolder(target);
  try {
    const name = shippedName(job);
    copyFileSync(join(work, plan.shipped), join(fresh, name));
    if (existsSync(log)) copyFileSync(log, join(fresh, 'log.txt'));
    const graph = found.graph ?? graphName(modelPath);
    const build = found.build ?? (sdk.version === null ? null : `v${sdk.version}`);
    const tools = [...new Set(done.map(({ tool }) => tool))].filter((tool) => tool !== 'qnn-context-binary-utility' && (form === 'context-binary' || tool !== 'qnn-context-binary-generator'));
    const artifact: QnnArtifact = {
      form, path: join(target, name), sha256: await sha256File(join(fresh, name)), graph, backends: form === 'context-binary' ? ['htp'] : [...(found.htp === false ? [] : (['htp'] as const)), 'gpu', 'cpu'], chip: form === 'context-binary' ? soc.chip : null, build, ...faces,
      source: { path: resolve(modelPath), sha256: await sha256File(modelPath) }, madeBy: `${sdkName(sdk)} (${tools.join(', ')})`,
    };
    const history: ArtifactHistory = { chain, precision, sdk: { root: sdk.root, version: sdk.version }, steps: done.map(({ fallbacks: _, ...step }) => step), fallbacks: done.flatMap(({ fallbacks }) => fallbacks), notes };
    writeFileSync(join(fresh, ARTIFACT_FILE), artifactText(artifact, history, target));
    rmSync(target, { recursive: true, force: true });
    renameSync(fresh, target);
    const bytes = done.flatMap(({ files }) => files).findLast(({ path }) => path === plan.shipped)?.bytes ?? 0;
    return { artifact, history, bytes, folder: target };
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    throw fileError(error, target);
  }
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
