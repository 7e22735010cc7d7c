import type { ChildProcess } from 'node:child_process';
import { ExternalError, UserError } from '../contracts/errors.ts';
import { forkWorker, refWorker, unrefWorker } from './fork-worker.ts';

export interface RequestOptions {
  /** What is being done, for error messages: `run of model.onnx`. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/** What a worker answers to one request: a value, or why there is none and whose fault that is. */
export type Reply<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly fault: 'user' | 'external';
      readonly message: string;
      readonly output: string;
      readonly nextSteps: readonly string[];
    };

interface Job {
  readonly message: unknown;
  readonly options: RequestOptions;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

const STDERR_TAIL = 8192;

/**
 * Requests to one worker process, one after the other. The process starts with the first request and again after a crash, a
 * timeout or an abort, each of which fails only the request it hit. An idle worker does not keep this process alive.
 */
export class WorkerChannel {
  readonly #entry: string;
  readonly #queue: Job[] = [];
  #child: ChildProcess | null = null;
  #current: Job | null = null;
  #stderr = '';
  #starts = 0;
  #closed = false;
  #stopWatching: () => void = () => undefined;

  /** `entry` as `forkWorker` takes it. */
  constructor(entry: string) {
    this.#entry = entry;
  }

  /** How many processes were started so far; state kept in a worker is lost when this changes. */
  get starts(): number {
    return this.#starts;
  }

  /** Process id of the living worker. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** The last that the living worker wrote to stderr, e.g. warnings of a native library. */
  get stderr(): string {
    return this.#stderr;
  }

  /**
   * Sends one message and waits for its reply. Throws UserError or ExternalError as the worker says, ExternalError with the last
   * lines of stderr when the worker dies or does not answer in `timeoutMs`, and the signal's reason when aborted.
   */
  request<T>(message: unknown, options: RequestOptions): Promise<T> {
    if (this.#closed) return Promise.reject(new ExternalError(`The worker for the ${options.what} is closed.`, this.#entry, ''));
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ message, options, resolve: resolve as (value: unknown) => void, reject });
      this.#next();
    });
  }

  /** Ends the worker at once; unanswered requests fail. */
  async close(): Promise<void> {
    this.#closed = true;
    const error = new ExternalError('The worker was closed before it answered.', this.#entry, '');
    for (const job of this.#queue.splice(0)) job.reject(error);
    const child = this.#child;
    if (this.#current) this.#abandon(error);
    else this.#drop(child);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    await new Promise((resolve) => child.once('exit', resolve));
  }

  #next(): void {
    if (this.#current) return;
    const job = this.#queue.shift();
    if (!job) return;
    if (job.options.signal?.aborted) {
      job.reject(job.options.signal.reason);
      this.#next();
      return;
    }
    this.#current = job;
    this.#watch(job);
    const child = this.#child ?? this.#start();
    refWorker(child);
    child.send(job.message as object, (error) => {
      if (!error || this.#current !== job) return;
      this.#abandon(new ExternalError(`The ${job.options.what} could not be sent.`, this.#entry, error.message));
    });
  }

  #start(): ChildProcess {
    const child = forkWorker(this.#entry);
    this.#child = child;
    this.#starts++;
    this.#stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (this.#child === child || this.#child === null) this.#stderr = (this.#stderr + text).slice(-STDERR_TAIL);
    });
    child.on('message', (reply) => {
      if (this.#child === child) this.#settle(reply as Reply<unknown>);
    });
    child.on('error', (error) => this.#lost(child, error.message));
    child.on('close', (code, signal) => this.#lost(child, signal ? `ended by ${signal}` : `ended with exit code ${code}`));
    return child;
  }

  #settle(reply: Reply<unknown>): void {
    const job = this.#finish();
    if (!job) return;
    if (this.#child) unrefWorker(this.#child);
    if (reply.ok) job.resolve(reply.value);
    else if (reply.fault === 'user') job.reject(new UserError(reply.message, reply.nextSteps));
    else job.reject(new ExternalError(reply.message, job.options.what, reply.output, reply.nextSteps));
    this.#next();
  }

  #lost(child: ChildProcess, how: string): void {
    if (this.#child !== child) return;
    this.#child = null;
    const job = this.#finish();
    const memory = how.includes('SIGKILL') ? ['The system may have run out of memory: try a smaller input.'] : [];
    job?.reject(new ExternalError(`The process of the ${job.options.what} ${how}.`, job.options.what, this.#stderr.trim(), memory));
    this.#next();
  }

  #watch(job: Job): void {
    const { signal, timeoutMs, what } = job.options;
    const onAbort = (): void => this.#abandon(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => {
      const message = `The ${what} did not answer within ${timeoutMs / 1000} s and was ended.`;
      this.#abandon(new ExternalError(message, what, this.#stderr.trim(), ['Allow more time or use a smaller input.']));
    }, timeoutMs);
    this.#stopWatching = () => {
      signal?.removeEventListener('abort', onAbort);
      clearTimeout(timer);
    };
  }

  /** Gives up on the current request: only the end of the process stops a native call. */
  #abandon(reason: unknown): void {
    this.#drop(this.#child);
    this.#finish()?.reject(reason);
    this.#next();
  }

  #drop(child: ChildProcess | null): void {
    this.#child = null;
    if (!child) return;
    child.kill('SIGKILL');
    unrefWorker(child);
  }

  #finish(): Job | null {
    const job = this.#current;
    this.#current = null;
    this.#stopWatching();
    return job;
  }
}
