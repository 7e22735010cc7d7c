import { Writable } from 'node:stream';

const BEGIN = '\x1b[?2026h';
const END = '\x1b[?2026l';

/**
 * The stream that Ink draws on: takes whole frames and writes to the terminal only rows that differ from what stands there, each in its place, all in
 * one synchronized write. Nothing scrolls, nothing is erased first, so nothing flickers.
 */
export class ScreenWriter extends Writable {
  readonly isTTY = true;
  readonly #terminal: NodeJS.WriteStream;
  #shown: readonly string[] | null = null;
  #last: readonly string[] = [];
  #muted = false;

  constructor(terminal: NodeJS.WriteStream) {
    super({ decodeStrings: false });
    this.#terminal = terminal;
  }

  get columns(): number {
    return this.#terminal.columns || 80;
  }

  get rows(): number {
    return this.#terminal.rows || 24;
  }

  /** Nobody knows what stands on the screen: the next frame is written whole. */
  forget(): void {
    this.#shown = null;
  }

  /** Writes the last frame again, whole. */
  redraw(): void {
    this.forget();
    this.#draw();
  }

  /** Frames are kept, but not written until it is unmuted. */
  mute(muted: boolean): void {
    this.#muted = muted;
  }

  override _write(frame: string, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (frame !== '') this.#last = frame.split('\n');
    if (!this.#muted) this.#draw();
    done();
  }

  #draw(): void {
    const lines = this.#last.slice(0, this.rows);
    const before = this.#shown;
    const changed = lines.flatMap((line, row) => (before?.[row] === line ? [] : [`\x1b[${row + 1};1H${line}\x1b[0m\x1b[K`]));
    if (before === null) changed.unshift('\x1b[2J');
    else if (before.length > lines.length) changed.push(`\x1b[${lines.length + 1};1H\x1b[J`);
    this.#shown = lines;
    if (changed.length > 0) this.#terminal.write(BEGIN + changed.join('') + END);
  }
}
