import { describe, expect, test } from 'vitest';
import type { GraphPicture } from '../../../models/contracts/index.ts';
import { graphDrawing } from '../../../reports/render/html/svg/graph-drawing.ts';
import { type LayoutEdge, type LayoutNode, layoutGraph } from '../../../reports/render/html/svg/graph-layout.ts';

const nodes = (count: number): LayoutNode[] => Array.from({ length: count }, (_, i) => ({ id: String(i), width: 100, height: 40 }));
const edge = (from: number, to: number): LayoutEdge => ({ from: String(from), to: String(to) });

/** Numbers in [0, 1), the same each time (Park and Miller's generator). */
function* random(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 48_271) % 2_147_483_647;
    yield state / 2_147_483_647;
  }
}

function randomGraph(seed: number): { nodes: LayoutNode[]; edges: LayoutEdge[] } {
  const next = random(seed);
  const count = 2 + Math.floor(next.next().value * 22);
  const edges = Array.from({ length: count * 2 }, () => {
    const to = 1 + Math.floor(next.next().value * (count - 1));
    return edge(Math.floor(next.next().value * to), to);
  });
  return { nodes: nodes(count), edges };
}

describe('layout in layers', () => {
  test.each(Array.from({ length: 40 }, (_, i) => i + 1))('random graph %i: edges lead down, boxes do not touch, all inside', (seed) => {
    const graph = randomGraph(seed);
    const { at, routes, width, height } = layoutGraph(graph.nodes, graph.edges);
    expect(routes).toHaveLength(graph.edges.length);
    for (const { edge: { from, to }, points } of routes) {
      const [a, b] = [at.get(from)!, at.get(to)!];
      expect(a[1]).toBeLessThan(b[1]);
      expect([points[0], points.at(-1)]).toEqual([[a[0], a[1] + 20], [b[0], b[1] - 20]]);
      for (let i = 1; i < points.length; i++) expect(points[i]![1]).toBeGreaterThan(points[i - 1]![1]);
    }
    const boxes = [...at.values()];
    boxes.forEach(([x, y], i) => {
      expect(x - 50 >= 0 && x + 50 <= width && y - 20 >= 0 && y + 20 <= height).toBe(true);
      for (const [x2, y2] of boxes.slice(i + 1)) expect(Math.abs(x - x2) >= 99.9 || Math.abs(y - y2) >= 39.9).toBe(true);
    });
  });

  test('a chain is a column, a diamond is symmetric', () => {
    const chain = layoutGraph(nodes(4), [edge(0, 1), edge(1, 2), edge(2, 3)]);
    expect(new Set([...chain.at.values()].map(([x]) => x)).size).toBe(1);
    const { at } = layoutGraph(nodes(4), [edge(0, 1), edge(0, 2), edge(1, 3), edge(2, 3)]);
    const [top, left, right, bottom] = [...at.values()].map(([x]) => x) as [number, number, number, number];
    expect(top).toBeCloseTo(bottom);
    expect((left + right) / 2).toBeCloseTo(top);
  });

  test('an edge over a layer bends around what lies between; a source stands right above where it leads', () => {
    const { routes, at } = layoutGraph(nodes(5), [edge(0, 1), edge(1, 3), edge(0, 3), edge(2, 3), edge(3, 4)]);
    expect(routes[2]!.points).toHaveLength(3);
    expect(Math.abs(routes[2]!.points[1]![0] - at.get('1')![0])).toBeGreaterThan(50);
    expect(at.get('2')![1]).toBe(at.get('1')![1]);
  });

  test('edges backward, to itself and to nobody are left out; no node at all is a picture, too', () => {
    expect(layoutGraph(nodes(2), [edge(1, 0), edge(1, 1), edge(0, 9)]).routes).toEqual([]);
    expect(layoutGraph([], []).width).toBeGreaterThan(0);
  });
});

const picture: GraphPicture = {
  nodes: [
    { id: 'a', opType: 'Conv', name: '/a', detail: '', changed: false }, { id: 'b', opType: 'Reshape', name: '/b', detail: '[1, 6]', changed: true },
    { id: 'c', opType: 'My<Op>', name: '"quoted"', detail: '&', changed: true },
  ],
  edges: [
    { from: null, to: 'a', label: 'x: float32 [1, 3]' }, { from: null, to: 'c', label: 'x: float32 [1, 3]' }, { from: 'a', to: 'b', label: 'float32 [1, 6]' },
    { from: 'b', to: 'c', label: 'float32 [6]' }, { from: 'c', to: null, label: 'y: float32 [6]' }, { from: 'b', to: null, label: 'float32 [6]' },
  ],
  omitted: 0,
};
const text = { id: 'g', title: 'Before', description: 'three nodes' };

describe('drawing', () => {
  const svg = graphDrawing(text, picture, '−').text;

  test('an input that two nodes take is drawn once, what leaves elsewhere as dots', () => {
    expect([...svg.matchAll(/class="end"[^>]*>([^<]*)</g)].map(([, name]) => name)).toEqual(['x: float32 [1, 3]', 'y: float32 [6]', '…']);
    expect([...svg.matchAll(/class="wire"/g)]).toHaveLength(6);
  });

  test('what changed is told by sign and frame, not by colour alone', () => {
    expect([...svg.matchAll(/class="node (changed|stays) (\w+)"/g)].map(([, state, family]) => `${state} ${family}`)).toEqual(['stays multiply', 'changed movement', 'changed other']);
    expect([...svg.matchAll(/class="sign"[^>]*>(.)</g)].map(([, sign]) => sign)).toEqual(['−', '−']);
    expect(svg).toContain('<title>Reshape /b (moves data, goes): [1, 6]</title>');
    expect(svg).toContain('<title id="g-t">Before</title><desc id="g-d">three nodes</desc>');
  });

  test('types stand once under the node that puts them out', () => {
    expect([...svg.matchAll(/class="wire-type"[^>]*>([^<]*)</g)].map(([, type]) => type).sort()).toEqual(['float32 [1, 6]', 'float32 [6]']);
  });

  test('names are escaped, numbers are finite', () => {
    expect(svg).toContain('My&lt;Op&gt;');
    expect(svg).not.toMatch(/NaN|Infinity|undefined|My</);
  });
});
