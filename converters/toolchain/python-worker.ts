import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BugError, ExternalError } from '../../models/contracts/index.ts';
import { tellLog } from '../../models/contracts/tool-log.ts';
import { NO_TELEMETRY } from '../../models/run/fork-worker.ts';
import { jobMemoryLimit } from './memory-limit.ts';
import { type FailureKind, type Hello, type JobReply, PROTOCOL, readLine } from './protocol.ts';

export interface JobOptions {
  /** What is being done, for messages: `compilation of model.onnx for SM8550`. */
  readonly what: string;
  readonly timeoutMs?: number;
  /** Most resident memory of the child, bytes; `jobMemoryLimit()` unless told. Enforced on Linux. */
  readonly memoryBytes?: number;
  readonly signal?: AbortSignal;
}

export interface JobResult<T> {
  readonly value: T;
  readonly seconds: number;
  /** Peak resident memory of the child, bytes; null where the platform does not tell. */
  readonly peakBytes: number | null;
}

/** A job that gave no result. `kind` says how it ended; `output` holds the last that it printed. */
export class JobFailure extends ExternalError {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string, command: string, output: string) {
    super(message, command, output, ADVICE[kind] ?? []);
    this.kind = kind;
  }
}

const ADVICE: Partial<Record<FailureKind, readonly string[]>> = {
  killed: ['Run the command again. Where it ends the same way, the system is short of memory: close other programs, or take a smaller input.'],
  memory: ['Take a smaller input (--static), or allow more: DYNO_JOB_MEMORY=8GiB.'],
};

interface Waiting { readonly what: string; readonly resolve: (result: JobResult<never>) => void; readonly reject: (error: unknown) => void }

const STDERR_TAIL = 8000;
const LONGEST_END_MS = 5000;

/**
 * The Python side: one process that imports the vendors' libraries once and forks a child per job. It starts with the first job, serves as many
 * at a time as it is asked for, and does not keep this process alive while it is idle.
 */
export class PythonWorker {
  readonly #python: string;
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #waiting = new Map<number, Waiting>();
  #child: ChildProcess | null = null;
  #hello: Promise<Hello> | null = null;
  #stderr = '';
  #next = 1;

  /** `folder` holds worker.py and its jobs. */
  constructor(python: string, folder: string, environment: NodeJS.ProcessEnv = process.env) {
    this.#python = python;
    this.#folder = folder;
    this.#environment = environment;
  }

  /** Versions that the worker found. */
  hello(): Promise<Hello> {
    return this.#start();
  }

  /** Runs one job. Throws JobFailure when it raises, crashes, hangs or is cancelled, ExternalError when Python does not start. */
  async run<T>(job: string, args: object, options: JobOptions): Promise<JobResult<T>> {
    options.signal?.throwIfAborted();
    await this.#start();
    options.signal?.throwIfAborted();
    const id = this.#next++;
    const cancel = (): void => this.#send({ cancel: id });
    try {
      return await new Promise<JobResult<T>>((resolve, reject) => {
        this.#waiting.set(id, { what: options.what, resolve: resolve as Waiting['resolve'], reject });
        this.#wake();
        options.signal?.addEventListener('abort', cancel, { once: true });
        const memory = options.memoryBytes ?? jobMemoryLimit(this.#environment);
        this.#send({ id, job, args, memory, ...(options.timeoutMs ? { timeout: options.timeoutMs / 1000 } : {}) });
      });
    } finally {
      options.signal?.removeEventListener('abort', cancel);
      if (this.#waiting.size === 0) this.#rest();
    }
  }

  /** Ends the process, by force where it does not answer within `patienceMs`; jobs at work fail as cancelled. */
  async close(patienceMs = LONGEST_END_MS): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.stdin?.end();
    const force = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    await gone;
    clearTimeout(force);
  }

  #start(): Promise<Hello> {
    this.#hello ??= new Promise<Hello>((resolve, reject) => {
      const script = join(this.#folder, 'worker.py');
      const child = spawn(this.#python, ['-u', script], { stdio: ['pipe', 'ignore', 'pipe', 'pipe'], env: isolated(this.#environment) });
      this.#child = child;
      this.#stderr = '';
      createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
        this.#stderr = `${this.#stderr}${line}\n`.slice(-STDERR_TAIL);
        tellLog('python', 'warn', line);
      });
      createInterface({ input: child.stdio[3] as NodeJS.ReadableStream }).on('line', (line) => this.#receive(line, resolve, reject));
      child.stdin?.on('error', () => undefined);
      child.once('error', (error) => this.#lost('worker', `Python did not start: ${error.message}.`, reject));
      child.once('exit', (code, signal) => this.#lost(signal ? 'killed' : 'worker', `The Python worker ended (${signal ?? `exit code ${code}`}).`, reject));
    });
    return this.#hello;
  }

  #receive(line: string, greeted: (hello: Hello) => void, refused: (error: unknown) => void): void {
    const message = readLine(line);
    if (message === null) refused(new BugError(`The Python worker said something unexpected: ${line.slice(0, 200)}`));
    else if (!('hello' in message)) this.#settle(message);
    else if (message.hello.protocol !== PROTOCOL) refused(new BugError(`The Python worker speaks protocol ${message.hello.protocol}, this program ${PROTOCOL}.`));
    else {
      this.#rest();
      greeted(message.hello);
    }
  }

  #settle(reply: JobReply): void {
    const waiting = this.#waiting.get(reply.id);
    if (!waiting) return;
    this.#waiting.delete(reply.id);
    if (reply.ok) {
      tellLog('python', 'info', `${waiting.what}: ${reply.seconds.toFixed(1)} s${reply.peak === null ? '' : `, ${Math.round(reply.peak / 1e6)} MB at most`}`);
      waiting.resolve({ value: reply.result as never, seconds: reply.seconds, peakBytes: reply.peak });
      return;
    }
    const { kind, type, message, output } = reply.error;
    tellLog('python', 'error', `${waiting.what}: ${message}`);
    waiting.reject(new JobFailure(kind, `The ${waiting.what} failed: ${type ? `${type}: ` : ''}${message}`, this.#python, output ?? ''));
  }

  #lost(kind: FailureKind, message: string, refused: (error: unknown) => void): void {
    const error = new JobFailure(kind, message, this.#python, this.#stderr);
    refused(error);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#child = null;
    this.#hello = null;
  }

  #send(message: object): void {
    this.#child?.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  /** An idle worker lets this process end. */
  #rest(): void {
    this.#child?.unref();
    for (const stream of this.#streams()) stream.unref?.();
  }

  #wake(): void {
    this.#child?.ref();
    for (const stream of this.#streams()) stream.ref?.();
  }

  #streams(): { ref?: () => void; unref?: () => void }[] {
    return (this.#child?.stdio ?? []).filter((stream) => stream !== null) as { ref?: () => void; unref?: () => void }[];
  }
}

/** Python finds what its own environment holds, and nothing of the user's. */
function isolated({ PYTHONPATH: _path, PYTHONHOME: _home, PYTHONSAFEPATH: _safe, ...kept }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...NO_TELEMETRY, ...kept, PYTHONUTF8: '1', PYTHONDONTWRITEBYTECODE: '1', PYTHONNOUSERSITE: '1' };
}
