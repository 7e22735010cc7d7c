import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { ExternalError } from '../../models/contracts/index.ts';
import { staticShape, type Value } from '../../models/graph/index.ts';
import { fileError } from '../../models/onnx/file-error.ts';
import type { QnnArtifact } from './artifact.ts';
import { bitsOf, type ChainPlan, type ChainRequest } from './chain-request.ts';
import { htpSettings } from './htp-settings.ts';
import { identifier, matchFaces, type OnnxFace } from './match-faces.ts';
import { placeArtifact, refuseForeign, type SdkResult } from './place-artifact.ts';
import { prepare, type Prepared, rawLayout } from './prepare-work.ts';
import { rawAxes } from './raw-inputs.ts';
import { type FoundFaces, type FoundTensor, readContextJson, readNetJson } from './read-faces.ts';
import { type DoneStep, runSteps, writePlanned } from './run-chain.ts';
import { graphName, realInputs, type SdkConversion, spatialFirst } from './sdk-conversion.ts';
import { sdkName } from './sdk.ts';
import { shellScript } from './shell-script.ts';

/**
 * Makes an artifact with the SDK's own tools in a folder of its own, and puts it in place with `artifact.json` and the log, whole or not at all.
 * What the tools say is not believed: files have to be there, names, types and axes are read from what was produced. Throws UserError and
 * ExternalError.
 */
export async function convertWithSdk(job: SdkConversion): Promise<SdkResult> {
  refuseForeign(job.out);
  const work = workFolder(job.keep);
  const log = join(work, 'log.txt');
  try {
    return await convertIn(work, log, job);
  } catch (error) {
    throw fileError(job.keep === null ? savingLog(error, log) : error, work);
  } finally {
    if (job.keep === null) rmSync(work, { recursive: true, force: true });
  }
}

/** The same as a shell script; raw files and the like are written only into a folder that stays. */
export async function scriptOf(job: SdkConversion): Promise<string> {
  const work = job.keep === null ? join(resolve(dirname(job.out)), `${graphName(job.modelPath)}.work`) : workFolder(job.keep);
  const { plan, prepared } = await prepare(work, job, { dry: job.keep === null });
  return shellScript({
    plan, files: prepared.files, graph: graphName(job.modelPath), title: `${basename(job.modelPath)} as ${job.form} in ${job.precision}, ${job.chain} chain of ${sdkName(job.sdk)}`,
    raws: { paths: prepared.raws, how: job.keep === null ? prepared.how : [] },
  });
}

async function convertIn(work: string, log: string, job: SdkConversion): Promise<SdkResult> {
  const { plan, prepared, request } = await prepare(work, job, { dry: false });
  writePlanned(plan, work);
  const run = { runner: job.runner, log, timeoutMs: job.timeoutMs, progress: job.progress, ...(job.signal ? { signal: job.signal } : {}) };
  const reading = job.form === 'dlc' ? READING_STEPS : 0;
  const done = await runSteps(plan.steps.slice(0, plan.steps.length - reading), run);
  const notes = [...prepared.notes];
  const read = async (): Promise<FoundFaces> => {
    done.push(...(await runSteps(plan.steps.slice(plan.steps.length - reading), run)));
    return namedRight(plan, request, done, run, notes);
  };
  const found = reading > 0 && bitsOf(job.precision) === null ? await read().catch((error) => asDocumented(error, job, notes)) : await read();
  const faces = facesOf(found, job, notes);
  checkCalibration(faces.inputs, job, prepared);
  return placeArtifact(work, log, job, { plan, done, notes, found, faces });
}

/** The last steps of a DLC, whose only use is that its faces can be read. */
const READING_STEPS = 2;

/** A float DLC that HTP does not take still runs elsewhere. Its faces are then as the converter documents them: axes and names of the model. */
function asDocumented(error: unknown, job: SdkConversion, notes: string[]): FoundFaces {
  if (!(error instanceof ExternalError)) throw error;
  notes.push(`HTP does not take it (${error.message}) Its inputs and outputs are not read back: they are as the converter documents them.`);
  const float = job.precision === 'fp16' && !job.preserveIo ? 'float16' : 'float32';
  const tensor = ({ name, type }: Value): FoundTensor => {
    const own = (type.dtype === 'float32' ? float : (type.dtype ?? float)) as FoundTensor['type'];
    return { name: identifier(name), type: own, dims: staticShape(type) ?? [], scale: null, offset: null };
  };
  return { graph: graphName(job.modelPath), build: null, inputs: realInputs(job.model).map(tensor), outputs: job.model.graph.outputs.map(tensor), htp: false };
}

/** Settings hold for graphs by name: where the tools called it otherwise, they are written again and the context is made once more. */
async function namedRight(plan: ChainPlan, request: ChainRequest, done: DoneStep[], run: Parameters<typeof runSteps>[1], notes: string[]): Promise<FoundFaces> {
  const found = readFound(plan, request.work);
  if (found.graph === null || found.graph === request.graph) return found;
  notes.push(`The tools call the graph "${found.graph}": its settings were written again for that name.`);
  const library = (JSON.parse(plan.files[0]?.text ?? '{}') as { backend_extensions: { shared_library_path: string } }).backend_extensions.shared_library_path;
  writePlanned({ folders: [], files: htpSettings(found.graph, request.soc, request.precision, library) }, request.work);
  done.push(...(await runSteps(plan.steps.slice(-READING_STEPS), run)));
  const again = readFound(plan, request.work);
  if (again.graph !== found.graph) throw new ExternalError(`The graph is called "${again.graph}" now and was "${found.graph}" before.`, 'the SDK’s tools', '');
  return again;
}

function readFound({ faces: { path, kind } }: ChainPlan, work: string): FoundFaces {
  const text = readFileSync(join(work, path), 'utf8');
  return kind === 'net-json' ? readNetJson(text) : readContextJson(text);
}

function facesOf(found: FoundFaces, job: SdkConversion, notes: string[]): Pick<QnnArtifact, 'inputs' | 'outputs'> {
  const face = ({ name, type }: { name: string; type: Parameters<typeof staticShape>[0] }): OnnxFace => ({ name, dims: staticShape(type) ?? [] });
  const rule = spatialFirst(job);
  return { inputs: matchFaces(found.inputs, realInputs(job.model).map(face), rule, notes), outputs: matchFaces(found.outputs, job.model.graph.outputs.map(face), rule, notes) };
}

/** Ranges that were taken from files in another order of axes are ranges of something else. */
function checkCalibration(inputs: QnnArtifact['inputs'], job: SdkConversion, { raws }: Prepared): void {
  if (raws.length === 0) return;
  for (const { name, onnxName, dims, axes } of inputs) {
    const shape = staticShape(realInputs(job.model).find((value) => value.name === onnxName)?.type) ?? [];
    const written = rawAxes(shape, rawLayout(job));
    if (String(written) === String(axes) || dims.filter((dim) => dim !== 1).length < 2) continue;
    const what = `"${name}" is [${dims}] in what was produced, and calibration was given to it ${written ? 'channels last' : 'as in the model'}.`;
    throw new ExternalError(what, 'the SDK’s tools', '', [job.preserveIo ? 'Leave --preserve-io out.' : 'Keep layouts as they are: --preserve-io.']);
  }
}

function workFolder(keep: string | null): string {
  try {
    if (keep === null) return mkdtempSync(join(tmpdir(), 'dyno-qnn-'));
    mkdirSync(keep, { recursive: true });
    return resolve(keep);
  } catch (error) {
    throw fileError(error, keep ?? tmpdir());
  }
}

/** The work folder goes: what the tools printed stays where the message says. */
function savingLog(error: unknown, log: string): unknown {
  if (!(error instanceof ExternalError) || !existsSync(log)) return error;
  const saved = `${dirname(log)}.log`;
  copyFileSync(log, saved);
  return new ExternalError(error.message, error.command, error.output, error.nextSteps.map((text) => text.replace(log, saved)), { cause: error });
}
