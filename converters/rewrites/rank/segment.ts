import type { Dim } from '../../../models/graph/index.ts';
import { dimsOf, type Link } from './chain.ts';
import { Layout } from './layout.ts';
import { type Footprint, footprint } from './move-constant.ts';
import { readMovement } from './movement.ts';

/** A part of a chain whose movement is one layout: first to last node, both of them movements. */
export interface Segment {
  readonly links: readonly Link[];
  readonly from: readonly Dim[];
  readonly to: readonly Dim[];
  readonly layout: Layout;
  /** What the constants of elementwise steps run along, by link. */
  readonly footprints: ReadonlyMap<Link, Footprint>;
}

/** Cuts a chain where the layout cannot be followed: an open shape, or a reshape across what was moved before. */
export function segmentsOf(links: readonly Link[], opset: number): Segment[] {
  const segments: Segment[] = [];
  for (let start = 0; start < links.length;) {
    const segment = longestFrom(links.slice(start), opset);
    if (!segment) start++;
    else {
      segments.push(segment);
      start += segment.links.length;
    }
  }
  return segments;
}

/** The same, for exactly these links; null where they are not one segment. */
export function segmentOf(links: readonly Link[], opset: number): Segment | null {
  const segment = longestFrom(links, opset);
  return segment?.links.length === links.length ? segment : null;
}

function longestFrom(links: readonly Link[], opset: number): Segment | null {
  const [first] = links;
  const from = first && !first.elementwise ? dimsOf(first.input) : null;
  if (!from || from.includes(0)) return null;
  const layout = new Layout(from);
  const footprints = new Map<Link, Footprint>();
  let length = 0;
  let to: readonly Dim[] = from;
  for (const [i, link] of links.entries()) {
    const fits = link.elementwise ? pass(layout, link, footprints) : apply(layout, link, opset);
    if (!fits) break;
    if (link.elementwise) continue;
    length = i + 1;
    to = layout.dims;
  }
  for (const link of links.slice(length)) footprints.delete(link);
  return length > 0 ? { links: links.slice(0, length), from, to, layout, footprints } : null;
}

function apply(layout: Layout, link: Link, opset: number): boolean {
  const movements = readMovement(link.node, layout.dims, opset);
  return movements !== null && layout.follow(movements);
}

/** Notes what a constant runs along. */
function pass(layout: Layout, link: Link, footprints: Map<Link, Footprint>): boolean {
  const constant = link.elementwise?.constant;
  if (!constant) return true;
  const groups = constant.tensor.size === 1 ? layout.dims.map(() => []) : layout.groups();
  if (!groups) return false;
  footprints.set(link, footprint(constant.tensor, groups));
  return true;
}
