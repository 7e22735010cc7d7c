import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { repoRoot } from './paths.ts';

export const hasTmux = spawnSync('tmux', ['-V']).status === 0;

/** Patience for one thing to appear: long, for a machine may have much else to do. */
const PATIENCE_MS = 180_000;

let servers = 0;

/**
 * A real terminal with a shell in it, through tmux: keys go in, the screen is looked at until it shows what is waited for. A server of its own for each,
 * because one that is going down would take the next session with it.
 */
export class Terminal {
  readonly #server = `dyno-test-${process.pid}-${servers++}`;
  readonly #raw: string;

  /** `raw` is a file that gets every byte that is written to the terminal. */
  constructor(columns: number, rows: number, cwd: string, raw: string) {
    this.#raw = raw;
    this.#tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), '-c', cwd, 'sh');
    this.#tmux('set-option', '-g', 'history-limit', '5000');
    this.#tmux('set-option', '-g', 'window-size', 'manual');
  }

  /** The shell, ready: nothing on the screen but `$`, and 40 lines that scrolled away above it. */
  async ready(environment = ''): Promise<void> {
    this.line(`PS1='$ '; unset CI NO_COLOR FORCE_COLOR; export TERM=xterm-256color TSX_TSCONFIG_PATH=${join(repoRoot, 'tsconfig.json')} ${environment}; clear`);
    await this.until((screen) => screen.trim() === '$');
    this.line("seq -f 'older line %g' 1 40");
    await this.until((screen) => screen.includes('older line 40'));
    this.#tmux('pipe-pane', `cat > ${this.#raw}`);
  }

  /** Starts `dyno` from its sources; `rc=` and its exit code follow on the screen. */
  dyno(args = ''): void {
    this.line(`node --import ${join(repoRoot, 'node_modules/tsx/dist/esm/index.mjs')} ${join(repoRoot, 'cli/bin.ts')} ${args}; echo "rc=$?"`);
  }

  /** Types a line and Enter. */
  line(text: string): void {
    this.#tmux('send-keys', '-l', text);
    this.keys('Enter');
  }

  /** Keys by tmux's names: `Enter`, `Down`, `C-c`, `Space`, `Tab`, or letters. */
  keys(...keys: readonly string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** What is on the screen now. */
  get screen(): string {
    return this.#tmux('capture-pane', '-p');
  }

  /** The screen and what scrolled away above it. */
  get everything(): string {
    return this.#tmux('capture-pane', '-p', '-S', '-');
  }

  /** Every byte that was written since it was ready. */
  get raw(): string {
    return readFileSync(this.#raw, 'utf8');
  }

  /** Looks until the screen is what is waited for. Throws with what it showed last. */
  async until(shows: RegExp | ((screen: string) => boolean)): Promise<string> {
    const fits = shows instanceof RegExp ? (screen: string): boolean => shows.test(screen) : shows;
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(50)) {
      const { screen } = this;
      if (fits(screen)) return screen;
    }
    throw new Error(`The terminal never showed ${String(shows)}:\n${this.screen}`);
  }

  close(): void {
    this.#tmux('kill-server');
  }

  #tmux(...args: readonly string[]): string {
    return spawnSync('tmux', ['-L', this.#server, ...args], { encoding: 'utf8' }).stdout ?? '';
  }
}
