import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { repoRoot } from './paths.ts';

export const hasTmux = spawnSync('tmux', ['-V']).status === 0;
if (!hasTmux) process.stderr.write('tmux is not installed: what needs a terminal is not tested.\n');

const PATIENCE_MS = 200_000;
let servers = 0;

/** A real terminal of a size, with a shell in it and something in its scrollback. Closed by `close`. */
export class TmuxTerminal {
  /** For files of the test, and the server's socket. */
  readonly folder = mkdtempSync(join(tmpdir(), 'dyno-tmux-'));
  /** A server of its own: one that is going down would take the next session with it. */
  readonly #server = `dyno-test-${process.pid}-${servers++}`;

  static async open(columns: number, rows: number, environment = ''): Promise<TmuxTerminal> {
    const terminal = new TmuxTerminal();
    terminal.#tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), 'sh');
    terminal.#tmux('set-option', '-g', 'history-limit', '5000');
    terminal.#tmux('set-option', '-g', 'window-size', 'manual');
    terminal.type(`PS1='$ '; unset CI NO_COLOR FORCE_COLOR; export TERM=xterm-256color TSX_TSCONFIG_PATH=${join(repoRoot, 'tsconfig.json')} ${environment}; clear`);
    await terminal.until((screen) => screen.trim() === '$');
    terminal.type("seq -f 'older line %g' 1 40");
    await terminal.until((screen) => screen.includes('older line 40'));
    terminal.#tmux('pipe-pane', `cat > ${join(terminal.folder, 'raw')}`);
    return terminal;
  }

  /** Types a command that runs a script of this repository from its sources; `rc=CODE` follows when it has ended. */
  run(script: string, ...args: readonly string[]): void {
    this.type(`node --import ${join(repoRoot, 'node_modules/tsx/dist/esm/index.mjs')} ${join(repoRoot, script)} ${args.join(' ')}; echo "rc=$?"`);
  }

  /** A line and Enter. */
  type(line: string): void {
    this.#tmux('send-keys', '-l', line);
    this.#tmux('send-keys', 'Enter');
  }

  /** Keys by tmux’s names. */
  press(...keys: readonly string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** What is seen now. */
  screen(): string {
    return this.#tmux('capture-pane', '-p');
  }

  /** What is seen now, with the sequences for colours. */
  painted(): string {
    return this.#tmux('capture-pane', '-p', '-e');
  }

  /** Everything from the start of the scrollback on, lines that were broken joined. */
  history(): string {
    return this.#tmux('capture-pane', '-p', '-J', '-S', '-').replace(/ +$/gm, '');
  }

  /** Whether the second screen is shown, and the cursor. */
  mode(): { second: boolean; cursor: boolean } {
    const [second, cursor] = this.#tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}').trim().split(' ');
    return { second: second === '1', cursor: cursor === '1' };
  }

  /** Every byte that was written to the terminal. */
  raw(): string {
    return readFileSync(join(this.folder, 'raw'), 'utf8');
  }

  /** The screen once it shows something. Throws where it never does. */
  async until(shows: (screen: string) => boolean): Promise<string> {
    for (const started = performance.now(); performance.now() - started < PATIENCE_MS; await sleep(50)) {
      const screen = this.screen();
      if (shows(screen)) return screen;
    }
    throw new Error(`The terminal never showed it:\n${this.history()}`);
  }

  /** The whole scrollback once the command has ended, and its exit code. */
  async ended(): Promise<{ history: string; code: number }> {
    await this.until((screen) => /^rc=\d+$/m.test(screen));
    const history = this.history();
    return { history, code: Number(/^rc=(\d+)$/m.exec(history)?.[1]) };
  }

  close(): void {
    this.#tmux('kill-server');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #tmux(...args: readonly string[]): string {
    return spawnSync('tmux', ['-L', this.#server, ...args], { encoding: 'utf8', env: { ...process.env, TMUX_TMPDIR: this.folder } }).stdout;
  }
}

/** How often a text is in another. */
export function times(text: string, part: string): number {
  return text.split(part).length - 1;
}
