import type { GraphPicture } from '../../../../models/contracts/records.ts';
import { FAMILY_WORDS, familyOf } from '../../operator-family.ts';
import { type Markup, markup } from '../markup.ts';
import { chart, type ChartText, clip, clipMiddle, px } from './chart.ts';
import { type LayoutEdge, layoutGraph, type Point } from './graph-layout.ts';

type PictureNode = GraphPicture['nodes'][number];

interface Edge extends LayoutEdge {
  readonly label: string;
}

const [BOX_WIDTH, BOX_HEIGHT, END_HEIGHT] = [184, 42, 16];
/** Letters that fit a line of a box, and the pixels of one of an input or output. */
const [LETTERS, END_LETTER] = [27, 5.8];

/**
 * A few nodes as a drawing in layers, inputs on top. What a rewrite changed has a thick frame and `sign` in its corner, neighbours a dashed one;
 * the colour at the left edge is the operator's family; the type of a value stands below the node that puts it out.
 */
export function graphDrawing(text: ChartText, picture: GraphPicture, sign: '−' | '+'): Markup {
  const ends = endsOf(picture);
  const boxes = picture.nodes.map((node) => ({ id: node.id, width: BOX_WIDTH, height: BOX_HEIGHT }));
  const label = (end: End) => ({ id: end.id, width: Math.max(40, [...end.text].length * END_LETTER), height: END_HEIGHT });
  const nodes = [...ends.filter(({ isInput }) => isInput).map(label), ...boxes, ...ends.filter(({ isInput }) => !isInput).map(label)];
  const layout = layoutGraph(nodes, edgesOf(picture));
  const at = (id: string): Point => layout.at.get(id) as Point;
  const labelled = new Set<string>();
  const labelEnds = layout.routes.map(({ edge, points }) => (points[0] as Point)[0] + 10 + [...edge.label].length * END_LETTER);
  return chart(text, Math.ceil(Math.max(layout.width, ...labelEnds)), Math.ceil(layout.height), [
    layout.routes.map(({ edge, points }) => {
      const isNew = edge.label !== '' && !labelled.has(`${edge.from} ${edge.label}`);
      labelled.add(`${edge.from} ${edge.label}`);
      return markup`${route(points)}${isNew && typeLabel(edge.label, points)}`;
    }),
    picture.nodes.map((node) => box(node, at(node.id), sign)),
    ends.map(({ id, text: name }) => markup`<text class="end" x="${px(at(id)[0])}" y="${px(at(id)[1] + 4)}" text-anchor="middle">${name}</text>`),
  ]);
}

interface End {
  readonly id: string;
  readonly text: string;
  readonly isInput: boolean;
}

/** What leads out of the picture: inputs and outputs of the model by their label, anything else as three dots. */
function endsOf({ edges }: GraphPicture): End[] {
  const found = new Map<string, End>();
  for (const edge of edges) {
    const isInput = edge.from === null;
    if (!isInput && edge.to !== null) continue;
    const id = endId(edge);
    found.set(id, { id, text: edge.label.includes(': ') ? clip(edge.label, 44) : '…', isInput });
  }
  return [...found.values()];
}

/** An input of the model is one end, however many nodes take it; what comes from elsewhere ends at each node. */
function endId({ from, to, label }: GraphPicture['edges'][number]): string {
  const isInput = from === null;
  return `${isInput ? 'in' : 'out'} ${label.includes(': ') ? label : `${isInput ? to : from} ${label}`}`;
}

/** Edges between nodes and ends. What an end says itself is not said again beside the edge. */
function edgesOf({ edges }: GraphPicture): Edge[] {
  return edges.map((edge) => {
    const isNamed = (edge.from === null || edge.to === null) && edge.label.includes(': ');
    return { from: edge.from ?? endId(edge), to: edge.to ?? endId(edge), label: isNamed ? '' : edge.label };
  });
}

/** A curve through the points, vertical at each, with an arrow head. */
function route(points: readonly Point[]): Markup {
  const [[x, y], ...rest] = points as [Point, ...Point[]];
  let [px0, py0] = [x, y];
  const curves = rest.map(([x1, y1]) => {
    const middle = px((py0 + y1) / 2);
    const curve = px0 === x1 ? `V${px(y1)}` : `C${px(px0)} ${middle} ${px(x1)} ${middle} ${px(x1)} ${px(y1)}`;
    [px0, py0] = [x1, y1];
    return curve;
  });
  return markup`<path class="wire" d="M${px(x)} ${px(y)}${curves.join('')}"/><path class="head" d="M${px(px0 - 3.5)} ${px(py0 - 6)}l3.5 6l3.5 -6z"/>`;
}

function typeLabel(label: string, points: readonly Point[]): Markup {
  const [x, y] = points[0] as Point;
  return markup`<text class="wire-type" x="${px(x + 6)}" y="${px(y + 13)}">${clip(label, 40)}</text>`;
}

function box({ opType, name, detail, changed }: PictureNode, [x, y]: Point, sign: string): Markup {
  const [left, top] = [x - BOX_WIDTH / 2, y - BOX_HEIGHT / 2];
  const family = familyOf(opType);
  return markup`<g class="node ${changed ? 'changed' : 'stays'} ${family}"><title>${opType}${name !== '' && ` ${name}`} (${FAMILY_WORDS[family]}${changed && `, ${sign === '−' ? 'goes' : 'is new'}`})${detail !== '' && `: ${detail}`}</title>
<rect class="box" x="${px(left)}" y="${px(top)}" width="${BOX_WIDTH}" height="${BOX_HEIGHT}" rx="5"/><rect class="family" x="${px(left + 4)}" y="${px(top + 4)}" width="5" height="${BOX_HEIGHT - 8}" rx="2"/>
<text class="op" x="${px(left + 16)}" y="${px(top + 17)}">${clip(opType, 22)}</text><text class="of" x="${px(left + 16)}" y="${px(top + 33)}">${detail === '' ? clipMiddle(name, LETTERS) : clip(detail, LETTERS)}</text>
${changed && markup`<text class="sign" x="${px(left + BOX_WIDTH - 10)}" y="${px(top + 18)}" text-anchor="end">${sign}</text>`}</g>`;
}
