import { spawn } from 'node:child_process';
import { ExternalError, UserError } from '../../models/contracts/errors.ts';
import { tellLog } from '../../models/contracts/tool-log.ts';
import { type AdbFailure, adbFailure } from './adb-failure.ts';
import { LinkLostError } from './link-lost.ts';

export interface AdbOptions {
  /** Path of the program. */
  readonly program: string;
  readonly environment?: NodeJS.ProcessEnv;
}

export interface AdbRun {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A phone as `adb devices -l` lists it. */
export interface AttachedPhone {
  readonly serial: string;
  /** `device`, `offline`, `unauthorized`, `no permissions`, … */
  readonly state: string;
  readonly model: string | null;
}

export interface ShellResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const TIMEOUT_MS = 30_000;
const KEPT_OUTPUT = 1 << 26;

/** How adb itself begins, as opposed to a program on the phone. */
const OWN_WORDS = /^(?:adb: |error: )/m;

/** `[ 42%] /data/local/tmp/file`, which adb prints while it copies. */
const PROGRESS = /^\[\s*\d+%\] /;

/** The real adb as a program: one process per command. */
export class Adb {
  readonly program: string;
  readonly #environment: NodeJS.ProcessEnv;

  constructor({ program, environment = process.env }: AdbOptions) {
    this.program = program;
    this.#environment = environment;
  }

  /** Version of the program, e.g. `36.0.0`. */
  async version(run: AdbRun = {}): Promise<string> {
    const { stdout } = await this.#strict(['version'], run);
    return /Version (\S+)/.exec(stdout)?.[1] ?? (stdout.split('\n')[0] as string);
  }

  async devices(run: AdbRun = {}): Promise<AttachedPhone[]> {
    const { stdout } = await this.#strict(['devices', '-l'], run);
    return stdout.split('\n').slice(1).flatMap((line) => {
      const found = /^(\S+)\s+(device|offline|unauthorized|authorizing|connecting|recovery|sideload|bootloader|no permissions)\b(.*)$/.exec(line.trim());
      if (!found) return [];
      const model = / model:(\S+)/.exec(found[3] as string)?.[1]?.replaceAll('_', ' ') ?? null;
      return [{ serial: found[1] as string, state: found[2] as string, model }];
    });
  }

  /** A phone reached over TCP: `adb connect`. */
  async connect(address: string, run: AdbRun = {}): Promise<void> {
    await this.#call(['disconnect', address], run);
    const { stdout, stderr } = await this.#call(['connect', address], run);
    if (!/connected to/.test(stdout)) throw new LinkLostError(`${address} does not answer.`, `${this.program} connect ${address}`, stdout + stderr);
  }

  async disconnect(address: string): Promise<void> {
    await this.#call(['disconnect', address], {});
  }

  /** Ends the adb server that this environment talks to. */
  async killServer(): Promise<void> {
    await this.#call(['kill-server'], {});
  }

  /**
   * Runs a command line in the phone's shell. Quoting inside is the caller's. A command that fails is no error: its code says so. Throws
   * UserError or LinkLostError when the phone cannot be reached.
   */
  async shell(serial: string, command: string, run: AdbRun = {}): Promise<ShellResult> {
    const result = await this.#call(['-s', serial, 'shell', command], run);
    const lost = result.code !== 0 && OWN_WORDS.test(result.stderr) ? adbFailure(serial, result.stderr) : null;
    if (lost) throw this.#error(lost, ['-s', serial, 'shell', command], result);
    return result;
  }

  /** Copies a file to the phone. Throws with the reason in words: full, offline, gone in the middle. */
  async push(serial: string, local: string, remote: string, run: AdbRun = {}): Promise<void> {
    await this.#copy(['-s', serial, 'push', local, remote], run, serial);
  }

  async pull(serial: string, remote: string, local: string, run: AdbRun = {}): Promise<void> {
    await this.#copy(['-s', serial, 'pull', remote, local], run, serial);
  }

  /** adb has words for what it cannot copy; one that fails after its progress alone lost its server on the way. */
  async #copy(args: readonly string[], run: AdbRun, serial: string): Promise<void> {
    const result = await this.#call(args, run);
    const text = `${result.stdout}\n${result.stderr}`.trim();
    if (result.code !== 0 && text.split(/[\r\n]+/).every((line) => line === '' || PROGRESS.test(line))) {
      throw this.#error({ message: `The connection to ${serial} broke while a file was copied.`, nextSteps: ['Check the cable, then run the same command again: what arrived is kept.'], kind: 'lost' }, args, result);
    }
    this.#judge(result, args, serial);
  }

  async #strict(args: readonly string[], run: AdbRun, serial = ''): Promise<ShellResult> {
    return this.#judge(await this.#call(args, run), args, serial);
  }

  #judge(result: ShellResult, args: readonly string[], serial: string): ShellResult {
    if (result.code === 0) return result;
    const text = `${result.stdout}\n${result.stderr}`.trim();
    const known = adbFailure(serial, text);
    if (known) throw this.#error(known, args, result);
    throw new ExternalError(`adb ${args.filter((arg) => arg !== '-s' && arg !== serial)[0]} failed: ${lastLine(text)}`, [this.program, ...args].join(' '), text);
  }

  #error({ message, nextSteps, kind }: AdbFailure, args: readonly string[], { stdout, stderr }: ShellResult): Error {
    return kind === 'user' ? new UserError(message, nextSteps) : new LinkLostError(message, [this.program, ...args].join(' '), `${stdout}${stderr}`, nextSteps);
  }

  #call(args: readonly string[], { timeoutMs = TIMEOUT_MS, signal }: AdbRun): Promise<ShellResult> {
    signal?.throwIfAborted();
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const child = spawn(this.program, args, { env: this.#environment, stdio: ['ignore', 'pipe', 'pipe'] });
      const [stdout, stderr] = ['', ''].map(() => [] as Buffer[]) as [Buffer[], Buffer[]];
      let size = 0;
      const keep = (parts: Buffer[]) => (data: Buffer): void => {
        size += data.length;
        if (size < KEPT_OUTPUT) parts.push(data);
      };
      child.stdout.on('data', keep(stdout));
      child.stderr.on('data', keep(stderr));
      const stop = (): void => { child.kill('SIGKILL'); };
      signal?.addEventListener('abort', stop, { once: true });
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        stop();
      }, timeoutMs);
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
      };
      child.once('error', (error) => {
        end();
        reject(new ExternalError(`adb did not start: ${error.message}.`, this.program, ''));
      });
      child.once('exit', () => setTimeout(() => child.stdout.destroy(), 500).unref());
      child.once('close', (code) => {
        end();
        const [out, err] = [Buffer.concat(stdout).toString(), Buffer.concat(stderr).toString()];
        logCall(args, { code, ms: performance.now() - started, error: err });
        if (signal?.aborted) reject(signal.reason);
        else if (late) reject(new LinkLostError(`adb gave no answer within ${timeoutMs / 1000} s.`, [this.program, ...args].join(' '), out + err, ['Unlock the phone, check the cable, then try again.']));
        else resolve({ code: code ?? 255, stdout: out, stderr: err });
      });
    });
  }
}

/** A command in one line, and what it complained about. Commands that fail are no rarity: many only ask whether something is there. */
function logCall(args: readonly string[], { code, ms, error }: { readonly code: number | null; readonly ms: number; readonly error: string }): void {
  const [serial, words] = args[0] === '-s' ? [args[1] as string, args.slice(2)] : [null, args];
  tellLog('adb', 'info', `${words.join(' ').replace(/\s+/g, ' ').slice(0, 200)}${code === 0 ? '' : ` → ${code ?? 'killed'}`} (${Math.round(ms)} ms)`, serial);
  if (OWN_WORDS.test(error)) tellLog('adb', 'warn', lastLine(error.trim()), serial);
}

function lastLine(text: string): string {
  return text.split('\n').at(-1)?.replace(/^(?:adb: )?error: /, '') ?? '';
}
