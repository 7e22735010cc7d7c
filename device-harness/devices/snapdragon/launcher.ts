import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExternalError } from '../../../models/contracts/errors.ts';
import { LAUNCHER_SCRIPT } from './launcher-script.ts';
import { type PhoneLink, quote } from './phone-link.ts';
import { PHONE_FOLDER, type PhoneStore } from './phone-store.ts';

export interface LaunchRequest {
  /** Folder on the phone in which the program and its files stand. */
  readonly folder: string;
  /** Program and arguments; `{run}` in them stands for the folder of this run. */
  readonly command: readonly string[];
  /** A launch that takes longer has hung. */
  readonly limitMs: number;
  /** Called with each look at the running program. */
  readonly onPoll?: () => Promise<void>;
}

export interface Launch {
  readonly code: number;
  /** The last that the program printed. */
  readonly log: string;
  /** Folder of the run on the phone. */
  readonly folder: string;
  /** Files below the run's folder. */
  readonly files: readonly string[];
  /** Processor time of the program; null where the phone's shell does not say. */
  readonly cpuSeconds: number | null;
}

const RUNS = `${PHONE_FOLDER}/runs`;
const LOG_BYTES = 20_000;
const MARK = '==dyno==';

/** Looks are as far apart as a tenth of what has passed: the program is left alone, and its end is seen soon all the same. */
const POLL = { firstMs: 120, mostMs: 2000, share: 0.1 };
const START_MS = 15_000;

/** Starts programs on a phone apart from the link, so that none is held open while they run, and sees them end. */
export class Launcher {
  readonly #link: PhoneLink;
  readonly #store: PhoneStore;
  #script: string | null = null;
  #count = 0;
  /** Word of the last sweep; starts that were sent before it are refused on the phone. */
  #holder = '';
  /** Folders that were asked for and not yet seen to be removed. */
  readonly #folders = new Set<string>();

  constructor(link: PhoneLink, store: PhoneStore) {
    this.#link = link;
    this.#store = store;
  }

  /** Ends what an earlier dyno, or a lost link, left running, and removes its folders. Number of programs that were ended. */
  async sweep(signal?: AbortSignal): Promise<number> {
    const holder = randomUUID();
    const { output } = await this.#call(['sweep', RUNS, holder], signal);
    this.#holder = holder;
    this.#folders.clear();
    return output.split('\n').filter((line) => line.trim() === 'stopped').length;
  }

  /** Whether folders of runs may be left on the phone: the link was lost when they were to be removed. */
  get leftovers(): boolean {
    return this.#folders.size > 0;
  }

  /** Runs a program to its end. Throws ExternalError when it hangs or vanishes, LinkLostError when the phone does; then it may still run until `sweep`. */
  async run({ folder, command, limitMs, onPoll }: LaunchRequest, signal?: AbortSignal): Promise<Launch> {
    const run = `${RUNS}/${process.pid}-${++this.#count}`;
    const words = command.map((word) => word.replaceAll('{run}', run));
    const script = await this.#path(signal);
    this.#folders.add(run);
    const start = await this.#link.shell(`cd ${quote(folder)} && rm -rf ${run} && HOLDER=${this.#holder} sh ${script} start ${run} ${words.map(word).join(' ')}`, signal ? { signal } : {});
    if (start.code !== 0) throw new ExternalError(`${words[0]} could not be started on ${this.#link.serial}.`, words.join(' '), start.output);
    try {
      const code = await this.#wait(run, words[0] as string, limitMs, onPoll, signal);
      return await this.#collect(run, code, signal);
    } catch (error) {
      if (signal?.aborted || (error instanceof ExternalError && error.command === run)) await this.#end(run).catch(() => undefined);
      throw error;
    }
  }

  /** What was on the phone is gone: the script is sent again. */
  forget(): void {
    this.#script = null;
  }

  async remove({ folder }: Launch, signal?: AbortSignal): Promise<void> {
    await this.#shell(`rm -rf ${folder}`, signal);
    this.#folders.delete(folder);
  }

  async #end(run: string): Promise<void> {
    await this.#call(['stop', run]);
    await this.#shell(`rm -rf ${run}`);
    this.#folders.delete(run);
  }

  async #wait(run: string, program: string, limitMs: number, onPoll: LaunchRequest['onPoll'], signal: AbortSignal | undefined): Promise<number> {
    const start = performance.now();
    const failure = async (why: string): Promise<ExternalError> => new ExternalError(`${program.replace(/^\.\//, '')} ${why}.`, run, (await this.#tail(run, signal)).log);
    for (;;) {
      const elapsed = performance.now() - start;
      const left = limitMs - elapsed;
      if (left <= 0) throw await failure(`did not end within ${Math.round(limitMs / 1000)} s and was stopped`);
      await sleep(Math.min(Math.max(POLL.firstMs, elapsed * POLL.share), POLL.mostMs, left), undefined, signal ? { signal } : {});
      const state = (await this.#call(['state', run], signal)).output.trim();
      const ended = /^ended (\d+)$/.exec(state);
      if (ended) return Number(ended[1]);
      if (state === 'gone' || (state === 'starting' && elapsed > START_MS)) throw await failure('vanished without an exit code: something on the phone ended it');
      await onPoll?.();
    }
  }

  async #collect(run: string, code: number, signal: AbortSignal | undefined): Promise<Launch> {
    const { log, rest } = await this.#tail(run, signal, `; echo ${MARK}; cat ${run}/times; echo ${MARK}; cd ${run} && find . -type f -o -type l`);
    const [times = '', files = ''] = rest;
    return { code, log, folder: run, cpuSeconds: childSeconds(times), files: files.split('\n').map((line) => line.trim().replace(/^\.\//, '')).filter(Boolean) };
  }

  async #tail(run: string, signal: AbortSignal | undefined, more = ''): Promise<{ log: string; rest: string[] }> {
    const [log = '', ...rest] = (await this.#shell(`tail -c ${LOG_BYTES} ${run}/log 2>/dev/null${more}`, signal)).split(`${MARK}\n`);
    return { log, rest };
  }

  async #path(signal?: AbortSignal): Promise<string> {
    if (this.#script !== null) return this.#script;
    const folder = await mkdtemp(join(tmpdir(), 'dyno-launcher-'));
    try {
      const file = join(folder, 'launcher.sh');
      await writeFile(file, LAUNCHER_SCRIPT);
      this.#script = await this.#store.put(file, signal ? { signal } : {});
      return this.#script;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #call(args: readonly string[], signal?: AbortSignal): Promise<{ output: string }> {
    return { output: await this.#shell(`sh ${await this.#path(signal)} ${args.map(word).join(' ')}`, signal) };
  }

  async #shell(command: string, signal?: AbortSignal): Promise<string> {
    const { output } = await this.#link.shell(command, signal ? { signal } : {});
    return output;
  }
}

/** A word of a command line, quoted where it has to be. */
function word(text: string): string {
  return /^[\w./:=@%+,-]+$/.test(text) ? text : quote(text);
}

/** User and system time of the children, the second line that the shell's `times` prints: `0m1.250s 0m0.310s`. */
function childSeconds(times: string): number | null {
  const parts = [...(times.trim().split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  return parts.length === 2 ? parts.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0) : null;
}
