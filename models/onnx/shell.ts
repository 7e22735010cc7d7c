import type { FileRange } from './file-range.ts';
import { type Cut, type LeaveOut, scanPayloads } from './scan.ts';
import type { SourceFile } from './source-file.ts';
import { Window } from './window.ts';

/** A serialised model without the payloads that were left in the file: what is left is a message of the same schema. */
export interface Shell {
  readonly bytes: Uint8Array;
  /** Payloads by the position in `bytes` right after the empty field that stands for them; in file order. */
  readonly left: ReadonlyMap<number, FileRange>;
}

/** Reads everything but the payloads that `leaveOut` picks (none below `smallest` bytes are offered). Throws WireError. */
export function readShell(file: SourceFile, smallest: number, leaveOut: LeaveOut = (_offset, length) => length >= smallest): Shell {
  const window = new Window(file);
  const cuts = scanPayloads(window, smallest, leaveOut);
  const bytes = new Uint8Array(window.size - cuts.reduce((sum, cut) => sum + (cut.payload > 0 ? cut.payload + cut.width - 1 : 0), 0));
  const left = new Map<number, FileRange>();
  let from = 0;
  let to = 0;
  for (const cut of cuts) {
    window.copy(from, cut.at, bytes, to);
    to += cut.at - from;
    to += writeLength(bytes, to, cut);
    from = cut.at + cut.width + cut.payload;
    if (cut.payload > 0) left.set(to, { file, offset: cut.at + cut.width, length: cut.payload });
  }
  window.copy(from, window.size, bytes, to);
  return { bytes, left };
}

/** An enclosing message keeps the width of its prefix (varints may be padded), so that nothing before it moves. */
function writeLength(bytes: Uint8Array, at: number, cut: Cut): number {
  if (cut.payload > 0) {
    bytes[at] = 0;
    return 1;
  }
  let rest = cut.length;
  for (let i = 0; i < cut.width; i++) {
    bytes[at + i] = (rest & 127) | (i < cut.width - 1 ? 128 : 0);
    rest = Math.floor(rest / 128);
  }
  return cut.width;
}
