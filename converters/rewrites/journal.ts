import type { Comparison, RewriteRecord } from '../../models/contracts/index.ts';
import { macsOf, type Node } from '../../models/graph/index.ts';
import { scopeName } from '../rules/scope-name.ts';
import type { Proposal, Rewrite } from './rewrite.ts';

/** Of one rewrite in one log. */
const MOST_PICTURES = 8;

/** Collects what rewrites did. Refusals of one sweep replace those of the one before: what the log keeps held on the final graph. */
export class Journal {
  readonly #fired: RewriteRecord[] = [];
  readonly #drawn = new Map<string, number>();
  #refused = new Map<string, RewriteRecord>();

  get firedCount(): number {
    return this.#fired.length;
  }

  startSweep(): void {
    this.#refused = new Map();
  }

  /** Call before the patch is applied, while its nodes are still wired. */
  fired(rewrite: Rewrite, proposal: Proposal): void {
    const { patch } = proposal;
    const macsBefore = totalMacs(patch.removed);
    const macsAfter = totalMacs(patch.added);
    this.#fired.push({
      ...entry(rewrite, 'fired', proposal.nodes, proposal.reason),
      exactness: proposal.exactness ?? rewrite.exactness,
      nodesBefore: patch.removed.size,
      nodesAfter: patch.added.length,
      ...(macsBefore === undefined ? {} : { macsBefore }),
      ...(macsAfter === undefined ? {} : { macsAfter }),
      ...(proposal.facts ? { facts: proposal.facts } : {}),
    });
  }

  /** Places of one rewrite resemble one another: the first few are drawn, so that the log of a large model stays small. */
  wantsPicture(rewrite: Rewrite): boolean {
    return (this.#drawn.get(rewrite.id) ?? 0) < MOST_PICTURES;
  }

  /** Adds the picture of the place that fired last. */
  drawn(picture: NonNullable<RewriteRecord['picture']>): void {
    const last = this.#fired.pop() as RewriteRecord;
    this.#fired.push({ ...last, picture });
    this.#drawn.set(last.rewrite, (this.#drawn.get(last.rewrite) ?? 0) + 1);
  }

  refused(rewrite: Rewrite, nodes: readonly Node[], reason: string, verified?: Comparison): void {
    const record = { ...entry(rewrite, 'refused', nodes, reason), ...(verified ? { verified } : {}) };
    this.#refused.set(`${rewrite.id}\n${record.nodes.join('\n')}\n${reason}`, record);
  }

  /** Records in the order things happened: what fired, then what was refused. `verified` is by position among the fired. */
  records(verified: readonly (Verified | undefined)[]): RewriteRecord[] {
    const fired = this.#fired.map((record, i) => withVerdict(record, verified[i]));
    return [...fired, ...this.#refused.values()];
  }
}

export interface Verified {
  readonly comparison?: Comparison;
  readonly facts?: Readonly<Record<string, string | number>>;
}

/** A record about nodes of the present graph. */
export function entry(rewrite: Rewrite, outcome: RewriteRecord['outcome'], nodes: readonly Node[], reason: string): RewriteRecord {
  const [first] = nodes;
  return {
    rewrite: rewrite.id,
    outcome,
    nodes: nodes.map((node) => node.label),
    scope: first ? scopeName(first) : null,
    reason,
    exactness: rewrite.exactness,
    face: rewrite.face,
  };
}

/** Undefined where the figure of one node is unknown. */
function totalMacs(nodes: Iterable<Node>): number | undefined {
  let total = 0;
  for (const node of nodes) {
    const macs = macsOf(node);
    if (macs === null) return undefined;
    total += macs;
  }
  return total;
}

function withVerdict(record: RewriteRecord, verdict: Verified | undefined): RewriteRecord {
  if (!verdict) return record;
  const facts = { ...record.facts, ...verdict.facts };
  return {
    ...record,
    ...(verdict.comparison ? { verified: verdict.comparison } : {}),
    ...(Object.keys(facts).length > 0 ? { facts } : {}),
  };
}
