import { textWidth } from './width.ts';

/** The stream of a terminal, as far as drawing needs it. */
export interface TerminalStream {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const SYNC = ['\x1b[?2026h', '\x1b[?2026l'] as const;
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const ERASE_BELOW = '\x1b[J';
const ERASE_REST = '\x1b[K';
const OTHER_SCREEN = ['\x1b[?1049h', '\x1b[?1049l'] as const;

/**
 * Draws a frame in place, line by line where lines changed, and lets settled lines go up into the scrollback. A full frame is drawn on the
 * terminal's other screen, where neither its height nor a change of size can harm what stands above; settled lines then wait until that ends. Nothing
 * is ever erased but what was drawn here.
 */
export class Terminal {
  readonly #stream: TerminalStream;
  readonly #reflows: boolean;
  #shown: readonly string[] = [];
  #held: string[] = [];
  #full = false;
  #hidden = false;
  #closed = false;

  /** `env` tells terminals apart: those that break long lines anew when they become narrower, and those that do not. */
  constructor(stream: TerminalStream, env: NodeJS.ProcessEnv = {}) {
    this.#stream = stream;
    this.#reflows = env['XTERM_VERSION'] === undefined && env['STY'] === undefined;
  }

  get columns(): number {
    return this.#stream.columns || 80;
  }

  get rows(): number {
    return this.#stream.rows || 24;
  }

  get full(): boolean {
    return this.#full;
  }

  /** Shows `lines`, which fit the width and are fewer than the rows. What does not fit any more is cut at the end. */
  paint(lines: readonly string[]): void {
    if (this.#closed) return;
    const next = lines.slice(0, Math.max(1, this.rows - 1));
    if (next.length === this.#shown.length && next.every((line, row) => line === this.#shown[row])) return;
    this.#write(this.#full ? this.#placed(next) : this.#flowing(next));
    this.#shown = next;
  }

  /** Lines that stay. */
  settle(lines: readonly string[]): void {
    if (lines.length === 0 || this.#closed) return;
    if (this.#full) {
      this.#held.push(...lines);
      return;
    }
    const frame = this.#shown;
    this.#write(`${this.#erased(frame.length)}${ended(lines)}${ended(frame)}`);
  }

  /** Takes the whole terminal, or gives it back. */
  setFull(full: boolean): void {
    if (full === this.#full || this.#closed) return;
    if (full) this.#write(`${this.#erased(this.#shown.length)}${OTHER_SCREEN[0]}\x1b[H${ERASE_BELOW}`);
    else this.#write(`${OTHER_SCREEN[1]}${ended(this.#held)}`);
    this.#full = full;
    this.#shown = [];
    if (!full) this.#held = [];
  }

  /** After a change of size: what was drawn is erased, wherever the terminal has moved it, and drawn anew by the next `paint`. */
  resized(): void {
    if (this.#closed) return;
    if (this.#full) this.#write(`\x1b[H${ERASE_BELOW}`);
    else this.#write(this.#erased(this.#reflows ? this.#shown.reduce((sum, line) => sum + Math.max(1, Math.ceil(textWidth(withoutCodes(line)) / this.columns)), 0) : this.#shown.length));
    this.#shown = [];
  }

  /** Erases the frame, gives the terminal back as it was found, and shows what has settled. Nothing is drawn any more. */
  close(): void {
    if (this.#closed) return;
    this.setFull(false);
    if (this.#shown.length > 0) this.#write(this.#erased(this.#shown.length));
    this.#shown = [];
    if (this.#hidden) this.#stream.write(SHOW_CURSOR);
    this.#closed = true;
  }

  #flowing(next: readonly string[]): string {
    const rows = next.map((line, row) => (line === this.#shown[row] ? '\r\n' : `\r${this.#whole(line)}\r\n`));
    return `${up(this.#shown.length)}${rows.join('')}${next.length < this.#shown.length ? ERASE_BELOW : ''}`;
  }

  #placed(next: readonly string[]): string {
    const rows = next.map((line, row) => (line === this.#shown[row] ? '' : `\x1b[${row + 1};1H${this.#whole(line)}`));
    return `${rows.join('')}${next.length < this.#shown.length ? `\x1b[${next.length + 1};1H${ERASE_BELOW}` : ''}`;
  }

  /** In the last column a terminal waits with the cursor on what was written last: erasing there would take it away. */
  #whole(line: string): string {
    return textWidth(withoutCodes(line)) < this.columns ? `${line}${ERASE_REST}` : line;
  }

  #erased(height: number): string {
    return `${up(Math.min(height, this.rows - 1))}\r${ERASE_BELOW}`;
  }

  #write(text: string): void {
    this.#stream.write(`${SYNC[0]}${this.#hidden ? '' : HIDE_CURSOR}${text}${SYNC[1]}`);
    this.#hidden = true;
  }
}

function ended(lines: readonly string[]): string {
  return lines.map((line) => `${line}\r\n`).join('');
}

function up(rows: number): string {
  return rows > 0 ? `\x1b[${rows}A` : '';
}

function withoutCodes(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
  return text.replace(/\x1b\[[0-9;]*m/g, '');
}
