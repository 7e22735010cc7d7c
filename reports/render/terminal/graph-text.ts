import type { GraphPicture, RewriteRecord } from '../../../models/contracts/records.ts';
import { oneLine } from '../clean-text.ts';
import { count } from '../words.ts';
import { columns as inColumns, naturalWidth, type TextColumn } from './columns.ts';
import { fit, padEnd } from './width.ts';

/**
 * A few nodes as text, one a line in execution order: a mark (`changed` for what a rewrite touches), a number, the operator, where its inputs come
 * from by number or name, what it puts out, attributes, name. Lines are at most `columns` wide; attributes and names give way first.
 */
export function graphText(picture: GraphPicture, columns: number, changed = '●'): string[] {
  const rows = rowsOf(picture, changed);
  return [...inColumns(HEAD, rows, columns), ...(picture.omitted > 0 ? [`  … ${count(picture.omitted, 'node')} more`] : [])];
}

/** A rewritten place: before and after side by side where the columns suffice for both whole, else one below the other. */
export function placeText({ before, after }: NonNullable<RewriteRecord['picture']>, columns: number): string[] {
  const half = Math.floor((columns - GAP) / 2);
  const [left, right] = [naturalWidth(ESSENTIAL, rowsOf(before, '−')), naturalWidth(ESSENTIAL, rowsOf(after, '+'))];
  if (Math.max(left, right) > half) return ['before', ...graphText(before, columns, '−'), 'after', ...graphText(after, columns, '+')];
  const sides = [['before', ...graphText(before, half, '−')], ['after', ...graphText(after, half, '+')]] as const;
  return Array.from({ length: Math.max(...sides.map((side) => side.length)) }, (_, i) =>
    `${padEnd(sides[0][i] ?? '', half + GAP)}${sides[1][i] ?? ''}`.trimEnd());
}

const GAP = 3;

const ESSENTIAL: readonly TextColumn[] = [
  { title: '' }, { title: '', numeric: true }, { title: '' }, { title: '', flexible: true }, { title: '', flexible: true },
];

const HEAD: readonly TextColumn[] = [...ESSENTIAL, { title: '', optional: true, flexible: true }, { title: '', optional: true, flexible: true }];

/** Columns that a detail or a name may ask for. */
const MOST_LETTERS = 48;

function rowsOf({ nodes, edges }: GraphPicture, changed: string): string[][] {
  const numbers = new Map(nodes.map(({ id }, i) => [id, String(i + 1)]));
  return nodes.map(({ id, opType, name, detail, changed: isChanged }) => {
    const from = [...new Set(edges.filter(({ to }) => to === id).map((edge) => (edge.from === null ? outerName(edge.label) : (numbers.get(edge.from) ?? '…'))))];
    const out = [...new Set(edges.filter((edge) => edge.from === id).map(({ label }) => label))].filter((label) => label !== '');
    return [
      isChanged ? changed : '·', numbers.get(id) as string, oneLine(opType), from.length > 0 ? `← ${from.join(', ')}` : '',
      out.length > 0 ? `→ ${oneLine(out.join(', '))}` : '', clipped(detail), clipped(name),
    ];
  });
}

/** Inputs of the model are labelled `name: type`. */
function outerName(label: string): string {
  const end = label.lastIndexOf(': ');
  return end > 0 ? oneLine(label.slice(0, end)) : '…';
}

function clipped(text: string): string {
  return fit(oneLine(text), MOST_LETTERS);
}
