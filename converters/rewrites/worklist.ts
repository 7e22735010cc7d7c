import type { Graph, Node } from '../../models/graph/index.ts';
import type { Rewrite } from './rewrite.ts';

/** Which rewrite looks at which node next: one queue per rewrite, the queues served in recipe order, nodes indexed by op type. */
export class Worklist {
  readonly #queues: readonly Queue[];
  readonly #byOpType = new Map<string, Queue[]>();
  readonly #forAll: readonly Queue[];

  constructor(rewrites: readonly Rewrite[]) {
    this.#queues = rewrites.map((rewrite) => new Queue(rewrite));
    this.#forAll = this.#queues.filter((queue) => queue.rewrite.opTypes.includes('*'));
  }

  /** Offers every node to every rewrite that looks at its op type. */
  seed(graph: Graph): void {
    for (const node of graph.nodes()) this.offer(node);
  }

  offer(node: Node): void {
    if (!node.isOnnx || !node.attached) return;
    for (const queue of this.#interested(node.opType)) queue.push(node);
  }

  /** The next pair; null when all queues are empty. */
  take(): { rewrite: Rewrite; node: Node } | null {
    for (const queue of this.#queues) {
      for (let node = queue.shift(); node; node = queue.shift()) if (node.attached) return { rewrite: queue.rewrite, node };
    }
    return null;
  }

  #interested(opType: string): readonly Queue[] {
    let found = this.#byOpType.get(opType);
    if (!found) {
      found = this.#queues.filter((queue) => queue.rewrite.opTypes.includes(opType) || this.#forAll.includes(queue));
      this.#byOpType.set(opType, found);
    }
    return found;
  }
}

/** First in, first out; a node waits at most once. */
class Queue {
  readonly rewrite: Rewrite;
  readonly #waiting = new Set<Node>();
  #nodes: Node[] = [];
  #head = 0;

  constructor(rewrite: Rewrite) {
    this.rewrite = rewrite;
  }

  push(node: Node): void {
    if (this.#waiting.has(node)) return;
    this.#waiting.add(node);
    this.#nodes.push(node);
  }

  shift(): Node | null {
    const node = this.#nodes[this.#head];
    if (!node) {
      this.#nodes = [];
      this.#head = 0;
      return null;
    }
    this.#head++;
    this.#waiting.delete(node);
    return node;
  }
}
