import type { Exactness } from '../../../models/contracts/index.ts';
import { type Dim, type Node, staticShape, type Value } from '../../../models/graph/index.ts';
import { Layout as Arrangement } from '../../rewrites/rank/layout.ts';
import { movedValue, readMovement } from '../../rewrites/rank/movement.ts';
import { type AdapterStep, isPortDType, type Layout } from '../adapter-spec.ts';
import { readElementwiseSteps } from './read-elementwise.ts';
import { readMovementSteps, reorderedUnshuffle } from './read-movement.ts';

/** A place in a chain up to which steps say everything. */
export interface Checkpoint {
  readonly value: Value;
  readonly nodes: readonly Node[];
  readonly steps: readonly AdapterStep[];
  readonly layout: Layout;
}

/**
 * What steps promise against the nodes that they stand for: movement is the same bit by bit, arithmetic up to a runtime's own rounding; in
 * half precision steps round less often than layers.
 */
export function exactnessOf(place: Checkpoint | null): Exactness {
  if (!place?.steps.some(({ kind }) => kind === 'arithmetic')) return 'bit';
  return place.nodes.some((node) => node.output()?.type.dtype === 'float16') ? 'approximate' : 'exact';
}

interface Pending {
  readonly from: readonly Dim[];
  readonly arrangement: Arrangement;
}

/**
 * Reads a chain of nodes, each working on the output of the one before, as adapter steps. `at` moves on node by node; every place where no
 * data movement is left half done is a checkpoint.
 */
export class ChainReader {
  readonly checkpoints: Checkpoint[] = [];
  readonly #opset: number;
  readonly #nodes: Node[] = [];
  readonly #steps: AdapterStep[] = [];
  #at: Value;
  #layout: Layout;
  #pending: Pending | null = null;

  constructor(start: Value, layout: Layout, opset: number) {
    this.#at = start;
    this.#layout = layout;
    this.#opset = opset;
  }

  /** The value that the chain has come to. */
  get at(): Value {
    return this.#at;
  }

  /** Takes in the next node; false where it is no step, with nothing changed that matters. */
  read(node: Node): boolean {
    const output = node.output();
    if (!isPortDType(this.#at.type.dtype) || !isPortDType(output?.type.dtype)) return false;
    const fits = output !== null && (movedValue(node) === this.#at ? this.#move(node) : this.#compute(node));
    if (!fits) return false;
    this.#nodes.push(node);
    this.#at = output;
    this.#checkpoint();
    return true;
  }

  #move(node: Node): boolean {
    const from = this.#at.type.shape;
    const pending = this.#pending ?? (from?.length === 4 && !from.includes(null) ? { from, arrangement: new Arrangement(from) } : null);
    const movements = pending && readMovement(node, pending.arrangement.dims, this.#opset);
    if (!movements || !pending.arrangement.follow(movements)) return false;
    this.#pending = pending;
    return true;
  }

  /** What is done to all channels alike goes before a movement that is half done. */
  #compute(node: Node): boolean {
    const found = this.#resize(node) ?? readElementwiseSteps(node, this.#axis());
    if (found?.data !== this.#at || (this.#pending && !found.uniform)) return false;
    const [step] = found.steps;
    const permutes = step?.kind === 'gatherChannels' && step.indices.length === this.#axis()?.channels;
    const reordered = permutes ? reorderedUnshuffle(this.#steps.at(-1), step) : null;
    if (reordered) this.#steps.splice(-1, 1, reordered);
    else this.#steps.push(...found.steps);
    return true;
  }

  #axis(): { layout: Layout; channels: number } | null {
    const shape = this.#at.type.shape;
    const channels = shape?.[this.#layout === 'NCHW' ? 1 : 3];
    return shape?.length === 4 && typeof channels === 'number' ? { layout: this.#layout, channels } : null;
  }

  /** Nearest-neighbour enlargement by a whole factor, and gathering of channels. */
  #resize(node: Node): { data: Value; steps: AdapterStep[]; uniform: boolean } | null {
    if (this.#pending || node.input(0) !== this.#at) return null;
    const step = this.#layout === 'NCHW' && node.is('Resize', 'Upsample') ? readRepeat(node) : readGather(node, this.#layout);
    return step && { data: this.#at, steps: [step], uniform: false };
  }

  #checkpoint(): void {
    if (this.#pending) {
      const moved = readMovementSteps(this.#pending.from, this.#pending.arrangement, this.#layout);
      if (!moved) return;
      this.#steps.push(...moved.steps);
      this.#layout = moved.layout;
      this.#pending = null;
    }
    if (this.#at.type.shape?.length !== 4) return;
    this.checkpoints.push({ value: this.#at, nodes: [...this.#nodes], steps: this.#stepsToHere(), layout: this.#layout });
  }

  /** Half precision ends in a rounding. */
  #stepsToHere(): AdapterStep[] {
    const last = this.#steps.at(-1);
    const rounds =
      this.#at.type.dtype === 'float16' &&
      !(last?.kind === 'cast' && last.to === 'float16') &&
      this.#steps.some(({ kind }) => kind === 'arithmetic');
    return rounds ? [...this.#steps, { kind: 'cast', to: 'float16' }] : [...this.#steps];
  }
}

/** Resize or Upsample, nearest, asymmetric, rounding down, by the same whole number in both directions. */
function readRepeat(node: Node): AdapterStep | null {
  const { attributes: a } = node;
  if (a.string('mode', 'nearest') !== 'nearest') return null;
  const modern = node.is('Resize') && node.inputs.length > 2;
  const floors =
    a.string('coordinate_transformation_mode', 'half_pixel') === 'asymmetric' && a.string('nearest_mode', 'round_prefer_floor') === 'floor';
  if ((modern && !floors) || a.has('axes')) return null;
  const [from, to] = [staticShape(node.input(0)?.type), staticShape(node.output()?.type)];
  const scales =
    node.input(modern ? 2 : 1)?.constant?.numbers() ??
    a.floats('scales') ??
    (from && to ? to.map((size, i) => size / (from[i] as number)) : null);
  const [n, c, h, w] = scales ?? [];
  return n === 1 && c === 1 && h !== undefined && h === w && Number.isInteger(h) && h > 1 ? { kind: 'repeat', factor: h } : null;
}

function readGather(node: Node, layout: Layout): AdapterStep | null {
  const axis = layout === 'NCHW' ? 1 : 3;
  const stated = node.attributes.int('axis', 0);
  const indices = node.is('Gather') && (stated === axis || stated === axis - 4) ? node.input(1)?.constant : null;
  const channels = node.input(0)?.type.shape?.[axis];
  if (indices?.dims.length !== 1 || typeof channels !== 'number') return null;
  const found = [...indices.numbers()].map((index) => (index < 0 ? index + channels : index));
  return found.every((index) => index >= 0 && index < channels) ? { kind: 'gatherChannels', indices: found } : null;
}
