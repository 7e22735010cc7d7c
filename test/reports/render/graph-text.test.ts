import { describe, expect, test } from 'vitest';
import type { GraphPicture } from '../../../models/contracts/index.ts';
import { graphText, placeText } from '../../../reports/render/index.ts';
import { displayWidth } from '../../../reports/render/terminal/width.ts';

const node = (id: string, opType: string, changed: boolean, detail = '', name = '') => ({ id, opType, changed, detail, name });
const before: GraphPicture = {
  nodes: [node('a', 'Conv', false), node('b', 'Reshape', true, '[1, 6]'), node('c', 'Add', true, '', '/body/add')],
  edges: [
    { from: null, to: 'a', label: 'x: float32 [1, 3, 2]' }, { from: 'a', to: 'b', label: 'float32 [1, 2, 3]' },
    { from: 'b', to: 'c', label: 'float32 [1, 6]' }, { from: 'a', to: 'c', label: 'float32 [1, 2, 3]' },
    { from: 'c', to: null, label: 'y: float32 [1, 6]' },
  ],
  omitted: 0,
};
const after: GraphPicture = { nodes: [node('a', 'Conv', false)], edges: [{ from: 'a', to: null, label: 'y: float32 [1, 6]' }], omitted: 3 };

describe('a graph as text', () => {
  test('one node a line: mark, number, operator, where from, what comes out', () => {
    expect(graphText(before, 120)).toEqual([
      '·  1  Conv     ← x     → float32 [1, 2, 3]',
      '●  2  Reshape  ← 1     → float32 [1, 6]     [1, 6]',
      '●  3  Add      ← 2, 1  → y: float32 [1, 6]          /body/add',
    ]);
  });

  test('narrow: names, then attributes are left out; no line is wider than asked', () => {
    expect(graphText(before, 52).join('\n')).not.toContain('/body/add');
    for (const columns of [20, 30, 40, 60]) for (const line of graphText(before, columns)) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
  });

  test('side by side where there is room, else one below the other, marked by signs', () => {
    const wide = placeText({ before, after }, 110);
    expect(wide).toHaveLength(4);
    expect(wide[1]).toMatch(/^· {2}1 {2}Conv .*· {2}1 {2}Conv/);
    expect(wide[2]).toMatch(/^− {2}2 {2}Reshape .* … 3 nodes more$/);
    const narrow = placeText({ before, after }, 60);
    expect(narrow.filter((line) => line === 'before' || line === 'after')).toEqual(['before', 'after']);
    expect(narrow).toHaveLength(7);
  });

  test('hostile names stay on their line', () => {
    const lines = graphText({ nodes: [node('a', 'Evil\u001b[2J\nOp', true, 'a\r\nb', '\u001b]0;title\u0007')], edges: [], omitted: 0 }, 80);
    expect(lines).toEqual(['●  1  Evil Op      a b'].map((line) => expect.stringMatching(new RegExp(line.replace(/ +/g, ' +')))));
    expect(lines.join('')).not.toMatch(/[\u001b\r\n]/);
  });
});
