import type { Model, Node, Value } from '../../models/graph/index.ts';
import type { LayerStatistics } from '../quantize/layer-statistics.ts';
import type { Change, Kept, StepLog } from './log.ts';
import type { CompressionStep } from './spec.ts';
import { mayChange, requireCalibration, type StepContext } from './step-context.ts';
import { importance, leastImportant } from './structure/importance.ts';
import { layerSeed, layerUnits, type LayerUnits } from './structure/layer-seed.ts';
import { Refits } from './structure/refits.ts';
import { removeUnits } from './structure/remove-units.ts';
import { layerStatistics } from './structure/statistics.ts';
import { type Trace, traceUnits } from './structure/trace.ts';

/**
 * Takes a share of the hidden channels of every layer whose units nothing needs but layers that can do without: the least important ones
 * (`importance`). What reaches an output, a sum with a residual or a subgraph stays, and the log says why.
 */
export async function pruneNeurons(context: StepContext, step: Extract<CompressionStep, { kind: 'neurons' }>): Promise<StepLog> {
  const { model, calibration, signal } = context;
  if (step.compensated) requireCalibration(context);
  const { plans, kept } = planRemovals(context, step.share);
  const ends = plans.flatMap(({ trace }) => trace.ends.map(({ node }) => node));
  const statistics = calibration ? await layerStatistics(model, ends, calibration, signal) : new Map<Node, LayerStatistics>();
  const chosen = plans.map(({ layer, trace, count }) => ({ layer, removed: leastImportant(importance([layerSeed(layer, range(layer.count))], trace, layer.count, statistics), count) }));
  const refits = step.compensated ? new Refits(statistics) : null;
  const changes: Change[] = [];
  for (const [i, { layer: { node, count }, removed }] of chosen.entries()) {
    signal?.throwIfAborted();
    context.progress?.(`${i + 1} of ${chosen.length} layers`);
    const reason = removeFrom(model, plans[i]?.output as Value, removed, refits);
    if (reason === null) changes.push({ where: node.label, changed: removed.size, of: count, which: [...removed] });
    else kept.push({ where: node.label, reason });
  }
  return { step, changes, kept: [...kept, ...(refits?.kept ?? [])], facts: { 'channels removed': changes.reduce((sum, { changed }) => sum + changed, 0) } };
}

interface Plan {
  readonly layer: LayerUnits;
  readonly output: Value;
  readonly trace: Trace;
  /** Units that go. */
  readonly count: number;
}

function planRemovals(context: StepContext, share: number): { plans: Plan[]; kept: Kept[] } {
  const { graph, opset } = context.model;
  const [plans, kept]: [Plan[], Kept[]] = [[], []];
  for (const node of graph.nodes()) {
    const layer = layerUnits(node);
    const output = node.output();
    if (layer === null || !output || !mayChange(context, node.label)) continue;
    const trace = typeof layer === 'string' ? layer : traceUnits(graph, opset, [layerSeed(layer, range(layer.count))]);
    if (typeof layer === 'string' || typeof trace === 'string') {
      kept.push({ where: node.label, reason: trace as string });
      continue;
    }
    const count = Math.floor(share * layer.count);
    if (count > 0) plans.push({ layer, output, trace, count });
    else kept.push({ where: node.label, reason: `${share} of ${layer.count} is less than one` });
  }
  return { plans, kept };
}

/** Earlier removals put new nodes in place of these: the layer is found by the name of its output, which stays. */
function removeFrom(model: Model, { name }: Value, removed: ReadonlySet<number>, refits: Refits | null): string | null {
  const node = model.graph.values.get(name)?.producer;
  const layer = node ? layerUnits(node) : null;
  if (!layer || typeof layer === 'string') return 'an earlier removal took it along';
  const trace = traceUnits(model.graph, model.opset, [layerSeed(layer, range(layer.count))]);
  if (typeof trace === 'string') return trace;
  return refits ? refits.removeUnits(model, trace, removed) : removeUnits(model, trace, removed);
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
