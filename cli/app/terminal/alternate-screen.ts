/**
 * The alternate screen of a terminal, cursor hidden: what stood there, and all that scrolled away above it, is back once it is left, however the
 * process ends.
 */
export class AlternateScreen {
  readonly #terminal: NodeJS.WriteStream;
  #open = false;

  constructor(terminal: NodeJS.WriteStream) {
    this.#terminal = terminal;
  }

  enter(): void {
    if (this.#open) return;
    this.#open = true;
    process.on('exit', this.leave);
    this.#terminal.write('\x1b[?1049h\x1b[?25l\x1b[2J\x1b[H');
  }

  readonly leave = (): void => {
    if (!this.#open) return;
    this.#open = false;
    process.off('exit', this.leave);
    this.#terminal.write('\x1b[0m\x1b[?25h\x1b[?1049l');
  };
}
