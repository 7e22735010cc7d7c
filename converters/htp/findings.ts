import type { Finding, Severity } from '../../models/contracts/index.ts';
import { formatShape, type Model, type Node } from '../../models/graph/index.ts';
import { scopeName, type TargetProfile } from '../rules/index.ts';
import { type CompiledNode, type CompileReport, isFaceConversion } from './compile-report.ts';

interface Remedy {
  readonly pattern: RegExp;
  readonly remedy: string;
  readonly rewrites: readonly string[];
  /** `blocks-unit` unless told. */
  readonly severity?: Severity;
}

/** What helps, by the vendor's words. */
const REMEDIES: readonly Remedy[] = [
  {
    pattern: /configured to not take D?Q nodes/,
    remedy: 'The provider leaves the conversion of float inputs and outputs to the CPU; give the model faces of bytes, and nothing is left to convert.',
    rewrites: [], severity: 'slow',
  },
  { pattern: /incorrect Rank/, remedy: 'Write it with at most five axes: dyno rewrite --target htp.', rewrites: ['rank/chain', 'rank/collapse', 'rank/split'] },
  { pattern: /type `Erf`/, remedy: 'Use the standard GELU form, which is taken whole.', rewrites: ['clean/gelu'] },
  { pattern: /Cannot get shape|dynamic/i, remedy: 'Its shape must follow from the input\'s: give static shapes (--static) and remove shape computations.', rewrites: ['clean/shape-leftovers', 'clean/constants'] },
  { pattern: /fmod/, remedy: 'Use x − floor(x / y) · y.', rewrites: [] },
  { pattern: /not supported by QNN EP|not supported/, remedy: 'Write it with operators that HTP has, or move it to an end of the graph.', rewrites: [] },
  { pattern: /data ?type/i, remedy: 'Convert the values to a type that HTP takes before this node.', rewrites: ['form/uint8-transpose', 'form/cast-uint8'] },
];
const UNKNOWN: Remedy = { pattern: /^/, remedy: 'Write it in another form, or move it to an end of the graph so that one graph remains.', rewrites: [] };

/**
 * What the compiler said against a model, evidence `compiled`: one finding for each node left on the CPU, one for a graph that did not come
 * out. `predicted`: findings of the rules; a compiled one joins the cause of those about the same node.
 */
export function compiledFindings(report: CompileReport, model: Model, target: TargetProfile, predicted: readonly Finding[] = []): Finding[] {
  const nodes = new Map([...model.graph.nodes()].map((node) => [node.index, node]));
  const causeOf = causes(report, predicted);
  const faces = report.nodes.filter(isFaceConversion).map((compiled) => faceFinding(compiled, nodes.get(compiled.index), report, target));
  const left = report.nodes.filter((compiled) => !isFaceConversion(compiled)).flatMap((compiled) => {
    const own = compiled.unit === 'cpu' ? [refusal(compiled, compiled.reason ?? 'The compiler gave no reason.')] : [];
    const added = compiled.inserted.filter(({ unit }) => unit === 'cpu').map(({ opType }) => refusal(compiled, `The provider put in a ${opType} on its behalf, which HTP does not take.`));
    return [...own, ...added];
  });
  const findings = left.map(({ compiled, reason }) => refusedNode(compiled, reason, nodes.get(compiled.index), report, target, causeOf(compiled, reason)));
  return [...findings, ...faces, ...(report.failure ? [failedGraph(report, target)] : [])];
}

/** Findings joined to the cause that a rule names for the same node, or for another node refused with the same words. */
export function joinCauses(findings: readonly Finding[], predicted: readonly Finding[]): Finding[] {
  const byNode = new Map(predicted.map(({ node, cause }) => [node, cause]));
  return findings.map((finding) => ({ ...finding, cause: byNode.get(finding.node) ?? finding.cause }));
}

/** Predicted findings about placement that the compiler refutes: it took the node. */
export function refutedFindings(report: CompileReport, predicted: readonly Finding[]): Finding[] {
  if (report.failure) return [];
  const taken = new Set(report.nodes.filter(({ unit }) => unit !== 'cpu').map(({ label }) => label));
  const whole = report.htpGraphs === 1 && report.cpuNodes === 0;
  return predicted.filter(({ severity, node, opType }) => (severity === 'blocks-unit' || severity === 'splits-graph' || severity === 'blocks-conversion') && (opType === '' ? whole : taken.has(node)));
}

interface Refusal {
  readonly compiled: CompiledNode;
  readonly reason: string;
}

function refusal(compiled: CompiledNode, reason: string): Refusal {
  return { compiled, reason };
}

function causes({ nodes }: CompileReport, predicted: readonly Finding[]): (compiled: CompiledNode, reason: string) => string {
  const byNode = new Map(predicted.map(({ node, cause }) => [node, cause]));
  const byReason = new Map(nodes.flatMap(({ label, reason }) => (reason !== null && byNode.has(label) ? [[reason, byNode.get(label) as string]] : [])));
  return ({ label }, reason) => byNode.get(label) ?? byReason.get(reason) ?? `compiled:${reason}`;
}

function refusedNode(compiled: CompiledNode, reason: string, node: Node | undefined, report: CompileReport, target: TargetProfile, cause: string): Finding {
  const { remedy, rewrites, severity = 'blocks-unit' } = REMEDIES.find(({ pattern }) => pattern.test(reason)) ?? UNKNOWN;
  const value = node?.output() ?? null;
  const pieces = report.htpGraphs > 1 ? ` The model falls into ${report.htpGraphs} graphs.` : '';
  return {
    rule: 'htp/compiler-refuses', target: target.label, severity, evidence: 'compiled', confidence: 'very high',
    node: compiled.label, opType: compiled.opType, scope: node ? scopeName(node) : null, value: value?.name ?? null, shape: value ? formatShape(value.type.shape) : null,
    reason: `Stays on the CPU: ${reason}${pieces}`, remedy, rewrites, sources: [sourceOf(report)], cause,
  };
}

/** No refusal: the graph is whole without it, and a phone's CPU converts while HTP waits. */
function faceFinding(compiled: CompiledNode, node: Node | undefined, report: CompileReport, target: TargetProfile): Finding {
  const value = node?.output() ?? null;
  return {
    rule: 'htp/face-conversion', target: target.label, severity: 'slow', evidence: 'compiled', confidence: 'very high',
    node: compiled.label, opType: compiled.opType, scope: node ? scopeName(node) : null, value: value?.name ?? null, shape: value ? formatShape(value.type.shape) : null,
    reason: 'The conversion between float and bytes at the face runs on the CPU: the provider is set so (offload_graph_io_quantization).',
    remedy: 'Take and give bytes: dyno rewrite --face uint8 on the float model, then quantize.', rewrites: [], sources: [sourceOf(report)], cause: 'face-conversion',
  };
}

function failedGraph(report: CompileReport, target: TargetProfile): Finding {
  const { name, message, advice } = report.failure as NonNullable<CompileReport['failure']>;
  return {
    rule: 'htp/compiler-fails', target: target.label, severity: name === 'crash' ? 'blocks-conversion' : 'blocks-unit', evidence: 'compiled', confidence: 'very high',
    node: '', opType: '', scope: null, value: null, shape: null, reason: message, remedy: advice[0] ?? 'Compile parts of the model to find the node.', rewrites: [],
    sources: [sourceOf(report)], cause: `compiled:${name}`,
  };
}

function sourceOf({ build, chip }: CompileReport): string {
  return `QAIRT ${build ?? 'of unknown build'}, compiled for ${chip}`;
}
