import type { Model, Node } from '../../../models/graph/index.ts';
import type { LayerStatistics } from '../../quantize/layer-statistics.ts';
import { readConv } from '../../rewrites/weights/index.ts';
import type { Kept } from '../log.ts';
import { refit, type Seen } from './refit.ts';
import { removeUnits } from './remove-units.ts';
import type { End, Trace } from './trace.ts';
import type { Removed } from './track.ts';

/** Weights of layers behind, refitted one removal after the other. */
export class Refits {
  readonly kept: Kept[] = [];
  /** By the name of the layer's output. */
  readonly #seen = new Map<string, Seen>();

  constructor(statistics: ReadonlyMap<Node, LayerStatistics>) {
    for (const [node, own] of statistics) this.#seen.set(node.output()?.name ?? '', { statistics: own, positions: range(own.size) });
  }

  /** Takes units out and refits the layers that took them. The reason where they cannot go. */
  removeUnits(model: Model, trace: Trace, removed: Removed): string | null {
    const before = trace.ends.map(({ node }) => weightsOf(node));
    const reason = removeUnits(model, trace, removed);
    if (reason === null) trace.ends.forEach((end, i) => { this.#apply(model, end, before[i] ?? null, removed); });
    return reason;
  }

  #apply(model: Model, { node, parameter }: End, full: Float64Array | null, removed: Removed): void {
    const name = node.output()?.name ?? '';
    const [seen, current] = [this.#seen.get(name), model.graph.values.get(name)?.producer];
    if (!seen || !full || !current) {
      this.kept.push({ where: node.label, reason: 'not compensated: what it sees cannot be gathered' });
      return;
    }
    const taps = seen.positions.length / parameter.units.length;
    const left = range(seen.positions.length).filter((k) => !removed.has(parameter.units[Math.floor(k / taps)] as number));
    const reason = refit(model, current, full, seen, left);
    if (reason !== null) this.kept.push({ where: node.label, reason: `not compensated: ${reason}` });
    this.#seen.set(name, { ...seen, positions: left.map((k) => seen.positions[k] as number) });
  }
}

/** As the layer has them before a removal; null where it is no plain linear layer. */
function weightsOf(node: Node): Float64Array | null {
  const view = readConv(node);
  return typeof view === 'string' ? null : view.weights();
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
