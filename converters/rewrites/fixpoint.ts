import { BugError, type Comparison } from '../../models/contracts/index.ts';
import { capturedNames, type Graph, inferShapes, PatchRefused, type Patch, type Value } from '../../models/graph/index.ts';
import type { Firing } from './firing.ts';
import { Journal } from './journal.ts';
import { Lineage } from './lineage.ts';
import { neighbourhood } from './neighbourhood.ts';
import { sceneAfter, sceneBefore } from './picture.ts';
import { objection } from './proposal-check.ts';
import type { Proposal, Rewrite, RewriteContext } from './rewrite.ts';
import { captureCutOut } from './verify/cut-out.ts';
import { Worklist } from './worklist.ts';

/** Why a verification turned a patch down, for the log. */
export interface Ban {
  readonly reason: string;
  readonly comparison?: Comparison;
}

export interface FixpointOptions {
  /** By key of the firing. */
  readonly bans: ReadonlyMap<string, Ban>;
  /** Keep what verification needs. */
  readonly capture: boolean;
  /** Stop after so many patches (for the search for the one that breaks the model). */
  readonly stopAfter?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface FixpointResult {
  /** Of the graph before the first patch. */
  readonly before: { readonly nodes: number; readonly maxRank: number | null };
  readonly journal: Journal;
  readonly firings: readonly Firing[];
  readonly lineage: Lineage;
}

/**
 * Applies rewrites until none fires on any node: whenever a patch was applied, earlier rewrites get its neighbourhood first, and a last
 * sweep over all nodes has to find nothing. Deterministic. Throws BugError when rewrites undo one another.
 */
export function runToFixpoint(rewrites: readonly Rewrite[], context: RewriteContext, options: FixpointOptions): FixpointResult {
  const { graph, model } = context;
  inferShapes(model);
  const before = { nodes: graph.nodeCount, maxRank: maxRank(graph) };
  const work: Work = {
    before,
    context,
    options,
    journal: new Journal(),
    firings: [],
    lineage: new Lineage(graph),
    limit: 10 * graph.nodeCount + 200,
    list: new Worklist(rewrites),
  };
  let firedBefore: number;
  do {
    firedBefore = work.firings.length;
    const revision = graph.revision;
    inferShapes(model);
    work.journal.startSweep();
    work.list.seed(graph);
    for (let next = work.list.take(); next && !isDone(work); next = work.list.take()) step(work, next.rewrite, next.node);
    if (graph.revision !== revision && !isSorted(context)) graph.sort();
  } while (work.firings.length > firedBefore && !isDone(work));
  return work;
}

interface Work extends FixpointResult {
  readonly context: RewriteContext;
  readonly options: FixpointOptions;
  readonly firings: Firing[];
  readonly limit: number;
  readonly list: Worklist;
}

function step(work: Work, rewrite: Rewrite, node: Parameters<Rewrite['match']>[0]): void {
  work.options.signal?.throwIfAborted();
  const found = rewrite.match(node, work.context);
  if (!found) return;
  if (found.kind === 'refusal') {
    work.journal.refused(rewrite, found.nodes, found.reason);
    return;
  }
  const key = keyOf(rewrite, found);
  const ban = work.options.bans.get(key);
  const reason = ban?.reason ?? objection(rewrite, found, work.context) ?? conflict(found.patch);
  if (reason !== null) work.journal.refused(rewrite, found.nodes, reason, ban?.comparison);
  else apply(work, rewrite, found, key);
}

function apply(work: Work, rewrite: Rewrite, proposal: Proposal, key: string): void {
  if (work.firings.length >= work.limit) throw pingPong(work.firings);
  const { patch } = proposal;
  removeOrphanedConstants(patch);
  work.journal.fired(rewrite, proposal);
  const before = work.journal.wantsPicture(rewrite) ? sceneBefore(patch) : null;
  const cutOut = work.options.capture ? captureCutOut(patch, work.context) : null;
  for (const [old, by] of patch.replaced) refineType(by, old);
  work.lineage.follow(patch, proposal.encodings ?? []);
  patch.apply();
  if (before) work.journal.drawn({ before: before.picture, after: sceneAfter(patch, before).picture });
  work.firings.push({ rewrite, key, exactness: proposal.exactness ?? rewrite.exactness, ranges: proposal.ranges ?? new Map(), cutOut });
  for (const node of neighbourhood(patch)) work.list.offer(node);
}

/** Highest rank of any value; null where no rank is known. */
export function maxRank(graph: Graph): number | null {
  let most: number | null = null;
  for (const value of graph.values.values()) {
    const rank = value.type.shape?.length;
    if (rank !== undefined && rank > (most ?? -1)) most = rank;
  }
  return most;
}

/** Constant nodes that only removed nodes used go with them, as initializers do. */
function removeOrphanedConstants(patch: Patch): void {
  for (const value of [...patch.removed].flatMap((node) => node.inputs)) {
    const producer = value?.producer;
    if (!producer?.is('Constant') || !value || value.isGraphOutput || patch.added.some((node) => node.inputs.includes(value))) continue;
    if ([...value.uses].every((use) => patch.removed.has(use.node)) && ![...patch.replaced.values()].includes(value))
      patch.remove(producer);
  }
}

function isDone(work: Work): boolean {
  return work.options.stopAfter !== undefined && work.firings.length >= work.options.stopAfter;
}

/** The same place in another run over the same model: the rewrite and the values that its nodes compute. */
function keyOf(rewrite: Rewrite, { nodes, patch }: Proposal): string {
  const outputs = (nodes.length > 0 ? nodes : [...patch.removed]).flatMap((node) => node.outputs.map((value) => value?.name ?? ''));
  return `${rewrite.id}\n${outputs.join('\n')}`;
}

function conflict(patch: Patch): string | null {
  try {
    patch.check();
    return null;
  } catch (error) {
    if (error instanceof PatchRefused) return error.message;
    throw error;
  }
}

/** What was known about the old value holds for the new one, which equals it. */
function refineType(by: Value, old: Value): void {
  const [a, b] = [by.type, old.type];
  const shape =
    !a.shape || !b.shape ? (a.shape ?? b.shape) : a.shape.map((dim, i) => (typeof dim === 'number' ? dim : (b.shape?.[i] ?? dim)));
  by.type = { ...a, dtype: a.dtype ?? b.dtype, shape };
  by.stated = { kind: a.kind, dtype: by.type.dtype, shape };
}

function isSorted({ graph }: RewriteContext): boolean {
  const seen = new Set<unknown>();
  for (const node of graph.nodes()) {
    const needed = [...node.inputs, ...[...capturedNames(node)].map((name) => graph.values.get(name))];
    if (needed.some((value) => value?.producer && !seen.has(value.producer))) return false;
    seen.add(node);
  }
  return true;
}

function pingPong(firings: readonly Firing[]): BugError {
  const last = [...new Set(firings.slice(-100).map((firing) => firing.rewrite.id))];
  return new BugError(`Rewrites undo one another without end: ${last.join(', ')}.`, [
    'Report this with the model, and go on with --skip of one of them.',
  ]);
}
