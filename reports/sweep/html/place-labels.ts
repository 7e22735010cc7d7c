/** A name that wants a place beside its point. */
export interface Label {
  readonly text: string;
  readonly at: readonly [x: number, y: number];
  /** Ends of the bar through its point; the point itself where there is none. */
  readonly bar: readonly [left: number, right: number];
  /** Shown even where it covers another one. */
  readonly isKept: boolean;
}

export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Left end and baseline of a name. */
export interface PlacedLabel {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly isKept: boolean;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Width of a letter and height of a line at the size that the charts have. */
const [LETTER, LINE] = [6.4, 13];
const GAP = 9;

/**
 * Places names beside, above or below their points, the first place that fits inside of the frame without covering names, marks or bars. A name without a
 * place is left out, unless it is kept.
 */
export function placeLabels(labels: readonly Label[], frame: Frame): PlacedLabel[] {
  const marks = labels.map(({ at: [x, y] }): Box => ({ x: x - 6, y: y - 6, width: 12, height: 12 }));
  const taken: Box[] = labels.map(({ at: [, y], bar: [left, right] }): Box => ({ x: left, y: y - 4, width: right - left, height: 8 }));
  return labels.flatMap(({ text, at, isKept }, own) => {
    const boxes = candidates(text, at).filter((box) => box.x >= frame.left && box.x + box.width <= frame.right && box.y >= frame.top && box.y + box.height <= frame.bottom);
    const others = [...taken, ...marks.filter((_, i) => i !== own)];
    const free = boxes.find((box) => !others.some((other) => overlap(box, other))) ?? (isKept ? boxes[0] : undefined);
    if (!free) return [];
    taken.push(free);
    return [{ text, x: free.x, y: free.y + LINE - 3, isKept }];
  });
}

/** Right, left, above, below, then the corners. */
function candidates(text: string, [x, y]: Label['at']): Box[] {
  const width = [...text].length * LETTER;
  const at = (left: number, top: number): Box => ({ x: left, y: top, width, height: LINE });
  const middle = y - LINE / 2;
  return [
    at(x + GAP, middle), at(x - GAP - width, middle), at(x - width / 2, y - GAP - LINE), at(x - width / 2, y + GAP),
    at(x + GAP, y - GAP - LINE), at(x + GAP, y + GAP), at(x - GAP - width, y - GAP - LINE), at(x - GAP - width, y + GAP),
  ];
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
