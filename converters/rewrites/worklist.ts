import type { Graph, Node } from '../../models/graph/index.ts';
import type { Rewrite } from './rewrite.ts';

/** Which rewrite looks at which node next: one queue per rewrite, the queues served in recipe order, nodes indexed by op type. */
export class Worklist {
  readonly #queues: readonly Queue[];
  readonly #byOpType = new Map<string, Placed[]>();
  /** Queues before this one are empty. */
  #first = 0;

  constructor(rewrites: readonly Rewrite[]) {
    this.#queues = rewrites.map((rewrite) => new Queue(rewrite));
  }

  /** Offers every node to every rewrite that looks at its op type. */
  seed(graph: Graph): void {
    for (const node of graph.nodes()) this.offer(node);
  }

  offer(node: Node): void {
    if (!node.isOnnx || !node.attached) return;
    const interested = this.#interested(node.opType);
    for (const { queue } of interested) queue.push(node);
    this.#first = Math.min(this.#first, interested[0]?.at ?? this.#first);
  }

  /** The next pair; null when all queues are empty. */
  take(): { rewrite: Rewrite; node: Node } | null {
    for (; this.#first < this.#queues.length; this.#first++) {
      const queue = this.#queues[this.#first] as Queue;
      for (let node = queue.shift(); node; node = queue.shift()) if (node.attached) return { rewrite: queue.rewrite, node };
    }
    return null;
  }

  #interested(opType: string): readonly Placed[] {
    let found = this.#byOpType.get(opType);
    if (!found) {
      found = this.#queues.flatMap((queue, at) => (queue.rewrite.opTypes.some((type) => type === '*' || type === opType) ? [{ queue, at }] : []));
      this.#byOpType.set(opType, found);
    }
    return found;
  }
}

/** A queue and its position. */
interface Placed {
  readonly queue: Queue;
  readonly at: number;
}

/** First in, first out; a node waits at most once. */
class Queue {
  readonly rewrite: Rewrite;
  /** 1 by serial number of a node that waits. */
  #waiting = new Uint8Array(1024);
  #nodes: Node[] = [];
  #head = 0;

  constructor(rewrite: Rewrite) {
    this.rewrite = rewrite;
  }

  push(node: Node): void {
    if (this.#waiting[node.serial] === 1) return;
    if (node.serial >= this.#waiting.length) this.#grow(node.serial);
    this.#waiting[node.serial] = 1;
    this.#nodes.push(node);
  }

  shift(): Node | null {
    const node = this.#nodes[this.#head];
    if (!node) {
      if (this.#head > 0) this.#nodes = [];
      this.#head = 0;
      return null;
    }
    this.#head++;
    this.#waiting[node.serial] = 0;
    return node;
  }

  #grow(serial: number): void {
    const larger = new Uint8Array(2 ** Math.ceil(Math.log2(serial + 1)));
    larger.set(this.#waiting);
    this.#waiting = larger;
  }
}
