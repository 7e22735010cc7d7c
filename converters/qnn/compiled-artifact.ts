import { basename } from 'node:path';
import { ExternalError, UserError } from '../../models/contracts/errors.ts';
import type { StaticShapes } from '../../models/graph/index.ts';
import { sha256File } from '../../models/onnx/index.ts';
import { type CompileReport, type CompileRequest, type HtpToolchain, isFaceConversion, isOneGraph, savedContext } from '../htp/index.ts';
import { HTP_SOCS, type HtpSoc } from '../rules/index.ts';
import type { QnnArtifact, QnnBackend } from './artifact.ts';
import { savedDlc } from './compiled-dlc.ts';
import { contextFace } from './compiled-face.ts';

export interface CompiledArtifactsRequest {
  readonly modelPath: string;
  /** Chip of the phone; null where it has none that the compiler knows: then there is no `htp`. */
  readonly soc: HtpSoc | null;
  readonly units: readonly QnnBackend[];
  /** Sizes of inputs that the file leaves open. */
  readonly shapes: StaticShapes;
  /** Folder of what was made before; the cache unless told. */
  readonly cache?: string;
  readonly signal?: AbortSignal;
}

/** What validates the operators of a DLC where the phone's own chip is not known. */
const ANY_CHIP = 'SM8550';

/**
 * What is sent to a phone, made on this machine without an SDK: for `htp` the context binary of Qualcomm's compiler, for `gpu` and `cpu` a DLC.
 * Both from the cache where the same content was made before. Faces are read back from what was made. Throws UserError for a model that is not
 * one graph: a phone's runner takes a single context; conversions at its face may stay outside, and the tensors then carry their scale.
 */
export async function compiledArtifacts(toolchain: HtpToolchain, request: CompiledArtifactsRequest): Promise<ReadonlyMap<QnnBackend, QnnArtifact>> {
  const { modelPath, units } = request;
  const source = { path: modelPath, sha256: await sha256File(modelPath) };
  const made = new Map<QnnArtifact['form'], Promise<QnnArtifact>>();
  const artifactFor = (unit: QnnBackend): Promise<QnnArtifact> => {
    const form = unit === 'htp' ? 'context-binary' : 'dlc';
    const known = made.get(form) ?? (unit === 'htp' ? contextArtifact : dlcArtifact)(toolchain, request, source);
    made.set(form, known);
    return known;
  };
  const artifacts = new Map<QnnBackend, QnnArtifact>();
  for (const unit of units) artifacts.set(unit, await artifactFor(unit));
  return artifacts;
}

async function contextArtifact(toolchain: HtpToolchain, request: CompiledArtifactsRequest, source: QnnArtifact['source']): Promise<QnnArtifact> {
  if (!request.soc) throw new UserError('The chip of this phone is not known, and an HTP context is made for one chip.', ['Name its chip: --chip SM8650.', 'Or leave htp out: --unit gpu,cpu.']);
  const { report, context } = await savedContext(toolchain, compileRequest(request, request.soc), request.cache);
  assertOneGraph(report, source.path, isOneGraph(report));
  const [binary] = context?.binaries ?? [];
  if (!context || !binary) throw new ExternalError('The compiler wrote no context binary.', 'onnxruntime-qnn', '');
  return {
    form: 'context-binary', path: binary.path, sha256: binary.sha256, ...contextFace(context.modelPath, binary.path), backends: ['htp'], chip: report.chip, build: report.build, source, madeBy: madeBy(report),
  };
}

async function dlcArtifact(toolchain: HtpToolchain, request: CompiledArtifactsRequest, source: QnnArtifact['source']): Promise<QnnArtifact> {
  const soc = request.soc ?? (HTP_SOCS.find(({ chip }) => chip === ANY_CHIP) as HtpSoc);
  const { report, dlc } = await savedDlc(toolchain, compileRequest(request, soc), request.cache);
  assertOneGraph(report, source.path, dlc !== null);
  const { path, sha256, face } = dlc as NonNullable<typeof dlc>;
  return { form: 'dlc', path, sha256, ...face, backends: ['htp', 'gpu', 'cpu'], chip: null, build: report.build, source, madeBy: madeBy(report) };
}

function compileRequest({ modelPath, shapes, signal }: CompiledArtifactsRequest, soc: HtpSoc): CompileRequest {
  return { modelPath, soc, static: shapes, ...(signal ? { signal } : {}) };
}

const NAMED = 3;

function assertOneGraph(report: CompileReport, path: string, whole: boolean): void {
  if (whole) return;
  if (report.failure) throw new ExternalError(`${basename(path)} does not compile for ${report.chip}: ${report.failure.message}`, 'onnxruntime-qnn', report.failure.name, report.failure.advice);
  const steps = [`See why: dyno check ${path} --target htp:${report.chip}`, `Rewrites may mend it: dyno rewrite ${path} --target htp:${report.chip} -o whole.onnx`];
  if (report.htpGraphs === 0) throw new UserError(`HTP takes no node of ${basename(path)}: there is nothing to send to a phone.`, steps);
  const left = report.nodes.flatMap((node) => onCpu(node));
  const more = left.length > NAMED ? ` and ${left.length - NAMED} more` : '';
  const parts = [report.htpGraphs > 1 ? `it falls into ${report.htpGraphs} graphs` : null, left.length > 0 ? `${left.slice(0, NAMED).join(', ')}${more} stay${left.length === 1 ? 's' : ''} on the CPU` : null];
  throw new UserError(`${basename(path)} cannot go to a phone as one context: ${parts.filter((part) => part !== null).join(', and ')}.`, steps);
}

/** The node itself, or what the provider put in for it. */
function onCpu(node: CompileReport['nodes'][number]): string[] {
  if (isFaceConversion(node)) return [];
  if (node.unit === 'cpu') return [node.reason === null ? node.label : `${node.label} (${node.reason.replace(/\.$/, '')})`];
  return node.inserted.filter(({ unit }) => unit === 'cpu').map(({ opType }) => `a ${opType} put in for ${node.label}`);
}

function madeBy({ packages }: CompileReport): string {
  return `onnxruntime-qnn ${packages['onnxruntime-qnn'] ?? 'of unknown version'}`;
}
