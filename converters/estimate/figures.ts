import { ExternalError, UserError } from '../../models/contracts/index.ts';
import { type Model, modelCost } from '../../models/graph/index.ts';
import { cachedCompile, type CompileReport, type CompileRequest, type HtpToolchain, isWhole, trafficOf } from '../htp/index.ts';
import type { LatencyFigures } from './point.ts';

export interface CompiledFigures extends LatencyFigures {
  readonly report: CompileReport;
}

/**
 * What a latency is estimated from: operators and multiply-accumulates of `model`, whose shapes are static, and the traffic of the file that
 * was made of it. Throws UserError where part of the graph stays on the CPU, whose time no model of the HTP holds; ExternalError where
 * nothing compiles.
 */
export async function compiledFigures(toolchain: HtpToolchain, request: CompileRequest, model: Model): Promise<CompiledFigures> {
  const { macs } = modelCost(model);
  if (macs === null) throw new UserError('The model’s shapes are open: its multiply-accumulates are not known.', ['Give them sizes: --static NAME=1x3x512x512.']);
  const { report } = await cachedCompile(toolchain, request);
  if (report.failure) {
    const { message, advice } = report.failure;
    throw new ExternalError(`${report.chip} does not take the model: ${message}`, 'onnxruntime-qnn', message, advice);
  }
  if (!isWhole(report)) {
    const names = report.nodes.filter(({ unit }) => unit === 'cpu').slice(0, 4).map(({ label, opType }) => `${label} (${opType})`);
    const where = names.join(', ') || `${report.htpGraphs} graphs`;
    throw new UserError(`Part of the model stays on the CPU, so that its time on ${report.chip} is not the HTP’s alone: ${where}.`, [
      'Make it one graph: dyno rewrite --target htp, then dyno check.',
    ]);
  }
  return { macs, bytes: trafficOf(report).all, operators: operatorsOf(model), report };
}

/** Types of a network's operators, quantizers left out, sorted. */
function operatorsOf({ graph }: Model): string[] {
  const types = [...graph.nodes()].filter((node) => !node.is('QuantizeLinear', 'DequantizeLinear', 'Constant')).map((node) => node.opType);
  return [...new Set(types)].sort();
}
