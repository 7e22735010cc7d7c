import { joinRuns, type PlacedOperation } from '../../models/contracts/placement.ts';
import type { CompiledRecord } from '../../models/contracts/records.ts';
import { macsOf } from '../../models/graph/cost/macs.ts';
import type { Model } from '../../models/graph/model.ts';
import { type CompileReport, leastTraffic } from '../../converters/htp/index.ts';
import type { CompilerSays } from '../work/compile-for-check.ts';

/** What the provider says of a quantizer that it leaves outside because it converts a float input. */
const FACE_LEFT = /configured to not take D?Q nodes/;

/** What the compiler said of a variant, as reports and gates hold it. */
export function compiledRecord(variant: string, { report, context, compiled }: CompilerSays, model: Model): CompiledRecord {
  const [binary] = context?.binaries ?? [];
  return {
    variant,
    target: `htp:${report.chip}`,
    generation: `v${report.hexagon}`,
    tools: { ...report.packages, ...(report.build === null ? {} : { qairt: report.build }) },
    options: report.options,
    segments: report.htpGraphs,
    unitNodes: report.nodes.filter(({ unit }) => unit === 'htp').length,
    cpuNodes: report.cpuNodes,
    onCpu: report.nodes.flatMap(({ label, opType, unit, reason, inserted }) => [
      ...(unit === 'cpu' ? [{ node: label, opType, reason }] : []),
      ...inserted.filter((node) => node.unit === 'cpu').map((node) => ({ node: label, opType: node.opType, reason: 'put in by the provider' })),
    ]),
    placement: { by: 'macs', operations: joinRuns(placed(report, model)) },
    traffic: trafficOf(report),
    least: leastTraffic(model, report.nodes.some(({ reason }) => reason !== null && FACE_LEFT.test(reason))),
    context: binary ? { bytes: (context?.binaries ?? []).reduce((sum, { bytes }) => sum + bytes, 0), sha256: binary.sha256 } : null,
    failure: report.failure?.message ?? null,
    verified: compiled.verified?.worst ?? null,
    note: compiled.note,
  };
}

function placed({ nodes }: CompileReport, { graph }: Model): PlacedOperation[] {
  const macs = new Map([...graph.nodes()].map((node) => [node.index, macsOf(node) ?? 0]));
  return nodes.filter(({ opType }) => opType !== 'Constant').map(({ index, label, opType, unit }) => ({ name: label, opType, place: unit, work: macs.get(index) ?? 0 }));
}

function trafficOf({ graphs }: CompileReport): CompiledRecord['traffic'] {
  if (graphs.length === 0) return null;
  const sum = (of: (graph: CompileReport['graphs'][number]) => number): number => graphs.reduce((total, graph) => total + of(graph), 0);
  return { readBytes: sum((g) => g.readBytes), writeBytes: sum((g) => g.writeBytes), spillBytes: sum((g) => g.spillBytes), fillBytes: sum((g) => g.fillBytes) };
}
