import { expect, test } from 'vitest';
import { rewriteText } from '../../../cli/text/rewrite-text.ts';
import { createStyle } from '../../../cli/ui/style.ts';
import { displayWidth } from '../../../reports/render/terminal/width.ts';
import type { RewriteLog } from '../../../models/contracts/index.ts';

const node = (opType: string, changed: boolean) => ({ id: opType, opType, name: '', detail: '', changed });
const log: RewriteLog = {
  target: 'ane:A15', precision: 'fp16', nodesBefore: 3, nodesAfter: 2, maxRankBefore: 4, maxRankAfter: 4,
  records: [{
    rewrite: 'clean/identity', outcome: 'fired', nodes: ['same'], scope: null, reason: 'hands its input on', exactness: 'bit', face: 'same',
    picture: {
      before: { nodes: [node('Conv', false), node('Identity', true)], edges: [{ from: 'Conv', to: 'Identity', label: 'float32 [1, 3]' }], omitted: 0 },
      after: { nodes: [node('Conv', false)], edges: [], omitted: 2 },
    },
  }],
};
const shown = (details: boolean, columns: number): string => rewriteText('m.onnx', log, [], { style: createStyle(false), columns, details });

test('with details the graph around what fired is printed, before and after; without it is not', () => {
  expect(shown(false, 100)).not.toContain('Identity');
  expect(shown(true, 100)).toMatch(/· {2}1 {2}Conv +→ float32 \[1, 3\][\s\S]*− {2}2 {2}Identity {2}← 1/);
  expect(shown(true, 100)).toContain('… 2 nodes more');
});

test.each([46, 60, 100, 200])('in %i columns no line of the graph is wider', (columns) => {
  for (const line of shown(true, columns).split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
});
