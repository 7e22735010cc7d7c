import type { Node } from '../../models/graph/index.ts';
import type { LayerStatistics } from '../quantize/layer-statistics.ts';
import type { Change, Kept, StepLog } from './log.ts';
import type { CompressionStep } from './spec.ts';
import { mayChange, requireCalibration, type StepContext } from './step-context.ts';
import { type Attention, findAttentions } from './structure/find-attention.ts';
import { importance, leastImportant } from './structure/importance.ts';
import { Refits } from './structure/refits.ts';
import { removeUnits } from './structure/remove-units.ts';
import { layerStatistics } from './structure/statistics.ts';
import { type Trace, traceUnits } from './structure/trace.ts';

/**
 * Takes a share of the heads of every attention: rows of the layers that make queries, keys and values, slices of position biases, columns of
 * the layer behind, and the shapes between. Scales stay as they were. The least important heads go (`importance`); one always stays.
 */
export async function pruneHeads(context: StepContext, step: Extract<CompressionStep, { kind: 'heads' }>): Promise<StepLog> {
  const { model, calibration, signal } = context;
  if (step.compensated) requireCalibration(context);
  const { found, unknown } = findAttentions(model);
  const kept: Kept[] = unknown.map(({ node, reason }) => ({ where: node.label, reason }));
  const plans = found.filter(({ node }) => mayChange(context, node.label)).flatMap((attention): Plan[] => {
    const trace = traceUnits(model.graph, model.opset, attention.seeds);
    const count = Math.floor(step.share * attention.heads);
    if (typeof trace !== 'string' && count > 0) return [{ attention, trace, count }];
    kept.push({ where: attention.node.label, reason: typeof trace === 'string' ? trace : `${step.share} of ${attention.heads} heads is less than one` });
    return [];
  });
  const ends = plans.flatMap(({ trace }) => trace.ends.map(({ node }) => node));
  const statistics = calibration ? await layerStatistics(model, ends, calibration, signal) : new Map<Node, LayerStatistics>();
  const chosen = plans.map(({ attention: { seeds, heads }, trace, count }) => leastImportant(importance(seeds, trace, heads, statistics), count));
  const refits = step.compensated ? new Refits(statistics) : null;
  const changes: Change[] = [];
  for (const [i, removed] of chosen.entries()) {
    signal?.throwIfAborted();
    context.progress?.(`${i + 1} of ${chosen.length} attentions`);
    const { attention: { node, heads }, trace } = plans[i] as Plan;
    const reason = refits ? refits.removeUnits(model, trace, removed) : removeUnits(model, trace, removed);
    if (reason === null) changes.push({ where: node.label, changed: removed.size, of: heads, which: [...removed] });
    else kept.push({ where: node.label, reason });
  }
  return { step, changes, kept: [...kept, ...(refits?.kept ?? [])], facts: { 'heads removed': changes.reduce((sum, { changed }) => sum + changed, 0) } };
}

interface Plan {
  readonly attention: Attention;
  readonly trace: Trace;
  /** Heads that go. */
  readonly count: number;
}
